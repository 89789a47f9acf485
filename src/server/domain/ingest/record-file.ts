import type { UploadCompleteRequest, UploadCompleteResponse } from '../../../shared/contracts/agent-api.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { splitStorePath } from '../../../shared/model/store-path.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import { type LiveChange, publish, recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { raiseEvent } from '../triggers/raise-event.ts';
import { wholeFrames } from './channel-frames.ts';
import { announceDataset } from './dataset-changes.ts';
import type { ParsedTable } from './frame-entries.ts';
import { settleAgain, withoutLate } from './late-files.ts';
import { type DatasetRow, lockDatasets, updateDataset } from './series.repository.ts';
import {
  type FileRow,
  type FrameContent,
  findOverlap,
  insertFiles,
  insertFrames,
  markCompleted,
  type UploadRow,
} from './upload.repository.ts';

/** What an agent says of a file it has sent, checked. */
export interface Completion extends FrameContent {
  input: UploadCompleteRequest;
}

export const answerOf = (row: FileRow): UploadCompleteResponse => ({
  fileId: row.id,
  path: row.path,
  storedAt: row.storedAt.toISOString(),
  committedAt: row.committedAt.toISOString(),
});

/** Times of the source on the server's clock. A browser knows of a file when it was changed last, not when it was made. */
export function correctedStamps(
  { agentId }: Pick<UploadRow, 'agentId'>,
  stamps: UploadCompleteRequest['stamps'],
) {
  const corrected = (iso: string) => new Date(Date.parse(iso) + stamps.clockOffsetMs);
  return {
    sourceCreatedAt: agentId === null ? null : corrected(stamps.createdAt),
    sourceSettledAt: corrected(stamps.settledAt),
    firstByteAt: corrected(stamps.firstPartSentAt),
  };
}

/** Throws CONFLICT when another file of the dataset, or another of these, has one of these frames. */
export async function refuseOverlap(
  q: Queryable,
  dataset: DatasetRow,
  tables: readonly Pick<ParsedTable, 'channel' | 'firstFrame' | 'rows'>[],
  exceptFileId: string | null,
): Promise<void> {
  const table = await findOverlap(q, dataset, tables, exceptFileId);
  if (table === null) return;
  throw new AppError(
    'CONFLICT',
    `Frames from ${table.firstFrame} of ${table.channel} are stored in another file already.`,
  );
}

/** What a file changes in the counts of its dataset. */
export interface CountedFile {
  file: FileRow;
  /** Frames that it counted for until now. */
  framesBefore: number;
  framesNow: number;
  /** Where they are now. */
  tables: readonly ParsedTable[];
  /** Of a master. */
  masks: DatasetRow['masks'];
}

/** What files change in their dataset: counts, master, state, and everybody is told. Call with the dataset locked. */
export async function countFiles(
  tx: Transaction,
  ctx: ServiceContext,
  dataset: DatasetRow,
  files: readonly CountedFile[],
): Promise<void> {
  const master = files.findLast(({ file }) => file.kind === 'master');
  const changes = {
    framesStored: files.reduce(
      (sum, { framesBefore, framesNow }) => sum - framesBefore + framesNow,
      dataset.framesStored,
    ),
    ...(master ? { masterFileId: master.file.id, masks: master.masks } : {}),
  };
  const counted = { ...dataset, ...changes };
  const late = withoutLate(
    counted,
    files.map(({ file }) => file),
    files.flatMap(({ tables }) => tables),
  );
  await updateDataset(tx, dataset.id, { ...changes, ...late });
  await announceDataset(tx, ctx, await settleAgain(tx, ctx, { ...counted, ...late }));
  if (dataset.experimentId !== null && changes.framesStored > dataset.framesStored) {
    await raiseEvent(tx, dataset.instrumentId, { event: 'dataset.frames', datasetId: dataset.id });
  }
}

/** That there are new bytes under a path. Without an experiment only the instrument hears of it, and no name: others may stand there. */
function committed(file: FileRow): LiveChange {
  const { id: fileId, datasetId, sizeBytes } = file;
  if (file.experimentId === null) {
    const topics = [`instrument:${file.instrumentId}` as const];
    return { topics, kind: 'file.committed', data: { fileId, datasetId } };
  }
  return {
    topics: [`experiment:${file.experimentId}`],
    kind: 'file.committed',
    data: {
      fileId,
      path: file.path,
      sizeBytes,
      datasetId,
      storedAt: file.storedAt.toISOString(),
      committedAt: file.committedAt.toISOString(),
    },
  };
}

/** Tells everybody of new bytes: pages, and the triggers that wait for files; what people put there starts no job by itself. */
export async function announceFiles(
  tx: Transaction,
  ctx: ServiceContext,
  ...files: readonly FileRow[]
): Promise<void> {
  await publish(tx, ctx, ...files.map(committed));
  for (const instrumentId of new Set(files.map((file) => file.instrumentId))) {
    const own = files.filter(
      (file) => file.instrumentId === instrumentId && file.experimentId !== null && file.agentId !== null,
    );
    const stored = own.map(({ id, version }) => ({ fileId: id, version }));
    if (stored.length > 0) await raiseEvent(tx, instrumentId, { event: 'file.stored', files: stored });
  }
}

/** An upload whose bytes have their name, locked. */
export interface StoredUpload {
  row: UploadRow;
  completion: Completion;
  storedAt: Date;
}

function fileOf(
  ctx: ServiceContext,
  { row, completion: { input }, storedAt }: StoredUpload,
  dataset: DatasetRow | null,
): FileRow {
  return {
    id: ctx.newId(),
    instrumentId: dataset?.instrumentId ?? row.instrumentId!,
    experimentId: row.experimentId,
    datasetId: row.datasetId,
    agentId: row.agentId,
    kind: row.kind,
    path: row.path,
    ...splitStorePath(row.path),
    storeKey: row.storeKey,
    sizeBytes: input.sizeBytes,
    sha256: input.sha256,
    ...correctedStamps(row, input.stamps),
    storedAt,
    committedAt: ctx.now(),
    version: 1,
    source: row.source,
    sourcePath: row.sourcePath,
    unassignedReason: row.unassignedReason,
  };
}

/**
 * Records files whose bytes have their name, with frames, custody and counts; all of them or, when it throws, none. The answers in the
 * order of `uploads`; null, and nothing happens, for a file whose dataset was given to another experiment while the upload was being
 * opened. Throws CONFLICT when a frame is stored in another file.
 */
export async function recordFiles(
  tx: Transaction,
  ctx: ServiceContext,
  uploads: readonly StoredUpload[],
): Promise<(UploadCompleteResponse | null)[]> {
  const datasets = await lockDatasets(
    tx,
    uploads.map(({ row }) => row.datasetId).filter((id) => id !== null),
  );
  const files = uploads.map((upload) => {
    const { row } = upload;
    const dataset = row.datasetId === null ? null : datasets.get(row.datasetId)!;
    const isMovedAway = dataset !== null && dataset.experimentId !== row.experimentId;
    return isMovedAway ? null : { upload, dataset, file: fileOf(ctx, upload, dataset) };
  });
  const recorded = files.filter((one) => one !== null);
  if (recorded.length === 0) return files.map(() => null);
  const ofDataset = (id: string) => recorded.filter(({ file }) => file.datasetId === id);
  for (const dataset of datasets.values()) {
    const tables = ofDataset(dataset.id).flatMap(({ upload }) => upload.completion.tables);
    await refuseOverlap(tx, dataset, tables, null);
  }
  await insertFiles(
    tx,
    recorded.map(({ file }) => file),
  );
  await markCompleted(
    tx,
    recorded.map(({ upload: { row, completion }, file }) => ({
      ...{ id: row.id, fileId: file.id, parts: completion.input.parts },
    })),
    ctx.now(),
  );
  await insertFrames(
    tx,
    recorded.flatMap(({ upload: { completion }, file }) =>
      file.datasetId === null ? [] : [{ fileId: file.id, datasetId: file.datasetId, ...completion }],
    ),
  );
  for (const dataset of datasets.values()) {
    const counted = ofDataset(dataset.id).map(({ upload: { completion }, file }) => ({
      file,
      framesBefore: 0,
      framesNow: wholeFrames(dataset, completion.tables),
      tables: completion.tables,
      masks: completion.input.masks,
    }));
    if (counted.length > 0) await countFiles(tx, ctx, dataset, counted);
  }
  await recordAudit(
    tx,
    ctx,
    ...recorded.map(({ file }) => ({
      action: 'file.commit',
      entityKind: 'file',
      entityId: file.id,
      experimentId: file.experimentId,
      detail: { path: file.path, sizeBytes: file.sizeBytes, sha256: file.sha256 },
    })),
  );
  await announceFiles(tx, ctx, ...recorded.map(({ file }) => file));
  return files.map((one) => one && answerOf(one.file));
}
