import { AppError } from '../../../shared/errors/app-error.ts';
import type { MoveTold } from '../../../shared/model/move-told.ts';
import { isUuid } from '../../../shared/model/uuid.ts';
import type { Database, Queryable } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ObjectStore } from '../../storage/object-store.port.ts';
import type { ServiceContext } from '../context.ts';
import { requireData } from '../datasets/dataset.policy.ts';
import { requireExperiment, requireInstrument } from '../experiments/experiment.policy.ts';
import { openManifest } from './manifest.ts';
import { moveData } from './move-data.ts';
import { listTold } from './move-told.repository.ts';
import { type Reassigned, reassignDataset, reassignFile } from './reassign.ts';
import {
  enqueueMove,
  findReassignment,
  listReassignments,
  movingIds,
  type ReassignmentRow,
  setReassignment,
  trayDatasets,
  trayFiles,
  trayTotals,
} from './reassignment.repository.ts';
import {
  agentOf,
  enqueueVerify,
  findFileRow,
  listVerifications,
  senderOf,
  unfinishedIds,
  versionsOf,
} from './verification.repository.ts';
import { continueVerification, startVerification } from './verify.ts';

const MOVES_SHOWN = 50;

export interface FileCustody {
  fileId: string;
  path: string;
  sizeBytes: number;
  /** Computed at the source. */
  sha256: string;
  version: number;
  /** The watched folder and the path in it; null for what an agent wrote itself. */
  source: string | null;
  sourcePath: string | null;
  agent: { id: string; name: string; kind: 'hub' | 'sync' } | null;
  /** Who put it there with a browser; null of what agents and jobs brought. */
  person: { id: string; name: string } | null;
  /** At the source, on the server's clock; null for results of jobs. */
  sourceCreatedAt: Date | null;
  sourceSettledAt: Date | null;
  firstByteAt: Date | null;
  storedAt: Date;
  /** From here on it is seen. */
  committedAt: Date;
  /** Former contents, the newest first. */
  versions: {
    version: number;
    sizeBytes: number;
    sha256: string;
    sourceSettledAt: Date | null;
    committedAt: Date;
    replacedAt: Date;
  }[];
}

/** The move, for staff of its instrument. Strangers are told of it what is said of one that is not there. */
async function requireMove(
  q: Queryable,
  ctx: ServiceContext,
  row: ReassignmentRow | null,
): Promise<ReassignmentRow> {
  const hidden = new AppError('NOT_FOUND', 'There is no such move, or it is not yours to see.');
  if (!row) throw hidden;
  try {
    await requireInstrument(q, ctx, row.instrumentId, 'instrument.unassigned');
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') throw hidden;
    throw error;
  }
  return row;
}

/** Whose data are, where their bytes lie, and the proof that they are whole. */
export function createCustodyService({ db, store }: { db: Database; store: ObjectStore }) {
  return {
    /** Data of an instrument that belong to nobody, with the reasons, and what was given to experiments lately. Staff only. */
    async tray(
      ctx: ServiceContext,
      input: { instrumentId: string; limit: number; filesAfter?: string | null },
    ) {
      const { id } = await requireInstrument(db, ctx, input.instrumentId, 'instrument.unassigned');
      const after = input.filesAfter ?? null;
      const [datasets, files, totals, moves] = await Promise.all([
        trayDatasets(db, id, input.limit),
        trayFiles(db, id, after, input.limit + 1),
        trayTotals(db, id),
        listReassignments(db, id, MOVES_SHOWN),
      ]);
      const shown = files.slice(0, input.limit);
      const nextFilesAfter = files.length > shown.length ? shown.at(-1)!.id : null;
      return { datasets, files: shown, nextFilesAfter, totals, moves };
    },

    /** Gives a dataset, or files without one, to an experiment of the instrument. Staff only. */
    async reassign(
      ctx: ServiceContext,
      input: { datasetId?: string; fileIds?: readonly string[]; experimentId: string; reason: string },
    ): Promise<{ moves: Reassigned[] }> {
      const { datasetId, fileIds = [], experimentId } = input;
      const reason = input.reason.trim();
      if (reason === '') throw new AppError('BAD_INPUT', 'Say why the data belong there.');
      const moves: Reassigned[] = [];
      if (datasetId !== undefined) {
        moves.push(await reassignDataset(db, ctx, { datasetId, experimentId, reason }));
      }
      for (const fileId of fileIds) {
        moves.push(await reassignFile(db, ctx, { fileId, experimentId, reason }));
      }
      if (moves.length === 0) throw new AppError('BAD_INPUT', 'Name a dataset or files.');
      return { moves };
    },

    /** What an experiment was told of data that came to it or left it after they were stored, the newest first. */
    async told(
      ctx: ServiceContext,
      input: { experimentId: string; limit: number },
    ): Promise<{ id: number; at: Date; told: MoveTold }[]> {
      const { id } = await requireExperiment(db, ctx, input.experimentId, 'experiment.view');
      return listTold(db, id, input.limit);
    },

    /** Tries to move again what could not be moved. Throws CONFLICT unless it failed. */
    async retryMove(ctx: ServiceContext, input: { reassignmentId: string }): Promise<void> {
      await db.transaction(async (tx) => {
        const found = isUuid(input.reassignmentId) ? await findReassignment(tx, input.reassignmentId) : null;
        const row = await requireMove(tx, ctx, found);
        if (row.state !== 'failed') throw new AppError('CONFLICT', 'Only a move that failed is tried again.');
        await setReassignment(tx, row.id, { state: 'moving', failure: null, doneAt: null });
        await enqueueMove(tx, row.id);
        await recordAudit(tx, ctx, {
          action: 'reassignment.retry',
          entityKind: 'reassignment',
          entityId: row.id,
          experimentId: row.toExperimentId,
        });
      });
    },

    moveData: (ctx: ServiceContext, input: { reassignmentId: string }) => moveData(db, store, ctx, input),

    /**
     * Puts every move and every verification that is under way into the queue again, where it is there at most once: the queue gives up what
     * failed too often, such as while the store was away for a day. For the system only.
     */
    async resume(ctx: ServiceContext): Promise<number> {
      if (ctx.principal.kind !== 'system') throw new AppError('NOT_ALLOWED');
      const [moves, verifications] = [await movingIds(db), await unfinishedIds(db)];
      for (const id of moves) await enqueueMove(db, id);
      for (const id of verifications) await enqueueVerify(db, id);
      return moves.length + verifications.length;
    },

    /** The hashes of an experiment's files, or of a dataset's, for `sha256sum -c`. */
    openManifest: (ctx: ServiceContext, input: { experimentId: string; datasetId: string | null }) =>
      openManifest(db, ctx, input),

    startVerification: (ctx: ServiceContext, input: { experimentId: string; datasetId?: string | null }) =>
      startVerification(db, ctx, input),
    continueVerification: (ctx: ServiceContext, input: { verificationId: string }) =>
      continueVerification(db, store, ctx, input),

    /** When the store was re-read and what was found, the newest first; of a dataset also what looked at the whole experiment. */
    async verifications(
      ctx: ServiceContext,
      input: { experimentId: string; datasetId?: string | null; limit: number },
    ) {
      const { id } = await requireExperiment(db, ctx, input.experimentId, 'experiment.view');
      return listVerifications(db, { experimentId: id, datasetId: input.datasetId ?? null }, input.limit);
    },

    /** The chain of a file: who brought it from where, when each step was done, its hash, its former contents. */
    async fileCustody(ctx: ServiceContext, input: { fileId: string }): Promise<FileCustody> {
      const found = isUuid(input.fileId) ? await findFileRow(db, input.fileId) : null;
      const row = await requireData(db, ctx, 'file', found, 'experiment.view');
      const { path, sizeBytes, sha256, version, source, sourcePath } = row;
      const { sourceCreatedAt, sourceSettledAt, firstByteAt, storedAt, committedAt } = row;
      const versions = await versionsOf(db, row.id);
      return {
        ...{ fileId: row.id, path, sizeBytes, sha256, version, source, sourcePath },
        ...{ sourceCreatedAt, sourceSettledAt, firstByteAt, storedAt, committedAt },
        agent: await agentOf(db, row.agentId),
        person: row.agentId === null ? await senderOf(db, row.id) : null,
        versions: versions.map(({ fileId: _file, storeKey: _key, ...former }) => former),
      };
    },
  };
}

export type CustodyService = ReturnType<typeof createCustodyService>;
