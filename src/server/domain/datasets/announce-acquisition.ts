import { AppError } from '../../../shared/errors/app-error.ts';
import {
  type AcquisitionMark,
  type AcquisitionValue,
  type Announcement,
  MOST_VALUES_KEPT,
  type ScanGrid,
} from '../../../shared/model/acquisition-fields.ts';
import type { AcquisitionKind } from '../../../shared/model/states.ts';
import { isUuid } from '../../../shared/model/uuid.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ObjectStore } from '../../storage/object-store.port.ts';
import type { ServiceContext } from '../context.ts';
import { requireExperiment } from '../experiments/experiment.policy.ts';
import { requireAcquisition } from './acquisition.policy.ts';
import { valuesOf } from './acquisition-changes.ts';
import {
  type AcquisitionRow,
  deleteWaiting,
  listAcquisitions,
  lockAcquisitions,
  updateAcquisition,
  waitingForData,
} from './announced.repository.ts';
import { deleteSnapshots } from './snapshot.repository.ts';
import { type Outcome, tellChanged, writeAnnounced } from './write-announced.ts';

export interface AnnouncedAcquisition {
  acquisitionId: string;
  name: string | null;
  /** The data it is about; null while none has come. */
  datasetId: string | null;
}

export interface WrittenAcquisition extends AnnouncedAcquisition {
  id: string | null;
  seriesId: string | null;
  outcome: Outcome;
}

export interface AcquisitionView {
  id: string;
  /** What another program knows it by. */
  externalId: string | null;
  name: string | null;
  seriesId: string | null;
  kind: AcquisitionKind;
  sampleName: string | null;
  mark: AcquisitionMark | null;
  comment: string;
  energyEv: number | null;
  exposureS: number | null;
  omegaStartDeg: number | null;
  omegaIncrementDeg: number | null;
  grid: ScanGrid | null;
  values: Record<string, AcquisitionValue>;
  datasetId: string | null;
  /** Of the dataset: raw/lyso/run_1. */
  base: string | null;
  startedAt: Date;
  endedAt: Date | null;
}

export function createAnnouncements({ db, store }: { db: Database; store: ObjectStore }) {
  return {
    /**
     * Says what is measured: before its data come (they take it up by its name or series), while they come, or afterwards. Saying it again changes
     * what is given and adds the values; what a person corrected stays. For those who may upload.
     */
    async announce(
      ctx: ServiceContext,
      input: Announcement & { experimentId: string },
    ): Promise<AnnouncedAcquisition> {
      const { experimentId, ...said } = input;
      return db.transaction(async (tx) => {
        const experiment = await requireExperiment(tx, ctx, experimentId, 'file.upload');
        const [written] = await writeAnnounced(tx, ctx, experiment, [said], { corrects: false });
        const { acquisitionId, datasetId, name } = written!;
        await recordAudit(tx, ctx, {
          action: 'acquisition.announce',
          entityKind: 'acquisition',
          entityId: acquisitionId,
          experimentId,
          detail: { name, datasetId },
        });
        await tellChanged(tx, ctx, experimentId);
        return { acquisitionId, name, datasetId };
      });
    },

    /** Says many at once, all or none: BAD_INPUT when two are about the same. Those that say nothing new are left as they are. */
    async writeAcquisitions(
      ctx: ServiceContext,
      input: { experimentId: string; acquisitions: readonly Announcement[] },
    ): Promise<WrittenAcquisition[]> {
      const { experimentId, acquisitions } = input;
      return db.transaction(async (tx) => {
        const experiment = await requireExperiment(tx, ctx, experimentId, 'file.upload');
        const written = await writeAnnounced(tx, ctx, experiment, acquisitions, { corrects: false });
        for (const [index, { sameAs }] of written.entries()) {
          if (sameAs === null) continue;
          const message = `The acquisitions ${sameAs + 1} and ${index + 1} are the same one.`;
          const details = { fields: { [`acquisitions.${index}`]: message } };
          throw new AppError('BAD_INPUT', { message, details });
        }
        const added = written.filter(({ outcome }) => outcome === 'created').length;
        const updated = written.filter(({ outcome }) => outcome === 'updated').length;
        if (added + updated > 0) {
          await recordAudit(tx, ctx, {
            action: 'acquisition.write',
            entityKind: 'experiment',
            entityId: experimentId,
            experimentId,
            detail: { added, updated },
          });
          await tellChanged(tx, ctx, experimentId);
        }
        return written.map(({ sameAs: _, ...each }) => each);
      });
    },

    /** Takes back what was announced and has no data yet. CONFLICT when it has: data stay. */
    async withdrawAcquisition(ctx: ServiceContext, input: { acquisitionId: string }): Promise<void> {
      const gone = await db.transaction(async (tx) => {
        const row = await requireAcquisition(tx, ctx, input.acquisitionId);
        await lockAcquisitions(tx, row.experimentId);
        const keys = await deleteSnapshots(tx, row.id);
        if (!(await deleteWaiting(tx, row.id))) {
          throw new AppError('CONFLICT', 'Its data have come: it stays, and can be corrected.');
        }
        await recordAudit(tx, ctx, {
          action: 'acquisition.withdraw',
          entityKind: 'acquisition',
          entityId: row.id,
          experimentId: row.experimentId,
          detail: { name: row.name, seriesId: row.seriesId },
        });
        await tellChanged(tx, ctx, row.experimentId);
        return keys;
      });
      for (const key of gone) await store.delete(key);
    },

    /** The acquisitions of an experiment, newest first: what was measured, and what was announced and has no data yet (`waiting`: that alone). */
    async acquisitions(
      ctx: ServiceContext,
      input: { experimentId: string; waiting?: boolean; cursor?: string | null; limit: number },
    ): Promise<{ items: AcquisitionView[]; nextCursor: string | null }> {
      await requireExperiment(db, ctx, input.experimentId, 'experiment.view');
      if (input.cursor && !isUuid(input.cursor)) {
        throw new AppError('BAD_INPUT', 'The cursor is not one of this list.');
      }
      const rows = await listAcquisitions(db, input.experimentId, {
        before: input.cursor || null,
        waiting: input.waiting ?? false,
        limit: input.limit + 1,
      });
      const page = rows.slice(0, input.limit);
      const items = page.map(({ acquisition: row, sampleName, datasetId, base }) => ({
        ...{ id: row.id, externalId: row.externalId, name: row.name, seriesId: row.seriesId },
        ...{ kind: row.kind, sampleName, mark: row.mark, comment: row.comment, energyEv: row.energyEv },
        ...{ exposureS: row.exposureS, omegaStartDeg: row.omegaStartDeg },
        ...{ omegaIncrementDeg: row.omegaIncrementDeg, grid: row.grid, values: valuesOf(row) },
        ...{ datasetId, base, startedAt: row.startedAt, endedAt: row.endedAt },
      }));
      return { items, nextCursor: rows.length > page.length ? page.at(-1)!.acquisition.id : null };
    },
  };
}

/** What the data say of their acquisition. */
export interface ToldAcquisition
  extends Pick<
    AcquisitionRow,
    | 'kind'
    | 'sampleId'
    | 'energyEv'
    | 'exposureS'
    | 'omegaStartDeg'
    | 'omegaIncrementDeg'
    | 'grid'
    | 'comment'
  > {
  startedAt: Date;
  parameters: { values?: Record<string, AcquisitionValue>; ignored?: string[] };
}

/** What was announced stays; of the values as many are added as an acquisition keeps. */
function withTold(announced: AcquisitionRow['parameters'], told: ToldAcquisition['parameters']) {
  const known = valuesOf({ parameters: announced });
  const added = Object.entries(told.values ?? {}).filter(([name]) => !Object.hasOwn(known, name));
  const room = Math.max(0, MOST_VALUES_KEPT - Object.keys(known).length);
  const values = { ...known, ...Object.fromEntries(added.slice(0, room)) };
  return { ...announced, ...told, ...(Object.keys(values).length > 0 ? { values } : {}) };
}

/**
 * Lets data of this series, or that begin under this path (raw/lyso/run_1), take up what was announced for them. Null when nothing was; else the acquisition
 * they are of, completed by what the data say of themselves.
 */
export async function takeAnnounced(
  tx: Transaction,
  experimentId: string,
  data: { path: string; seriesUniqueId: string },
  told: ToldAcquisition,
): Promise<string | null> {
  if (!(await waitingForData(tx, experimentId, data))) return null;
  await lockAcquisitions(tx, experimentId);
  const row = await waitingForData(tx, experimentId, data);
  if (!row) return null;
  await updateAcquisition(tx, row.id, {
    startedAt: told.startedAt,
    // "Other" is what nobody said.
    kind: row.kind === 'other' ? told.kind : row.kind,
    sampleId: row.sampleId ?? told.sampleId,
    energyEv: row.energyEv ?? told.energyEv,
    exposureS: row.exposureS ?? told.exposureS,
    omegaStartDeg: row.omegaStartDeg ?? told.omegaStartDeg,
    omegaIncrementDeg: row.omegaIncrementDeg ?? told.omegaIncrementDeg,
    grid: row.grid ?? told.grid,
    comment: row.comment || told.comment,
    parameters: withTold(row.parameters, told.parameters),
  });
  return row.id;
}
