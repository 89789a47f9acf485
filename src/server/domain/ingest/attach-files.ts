import type { FrameRange } from '../../../shared/contracts/agent-api.ts';
import type { AttachFilesRequest } from '../../../shared/contracts/agent-files.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { cleanPrefix, splitStorePath } from '../../../shared/model/store-path.ts';
import type { Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import { requireAgent } from '../agents/agent.policy.ts';
import type { ServiceContext } from '../context.ts';
import { placeObject, removeFormer } from '../custody/move-objects.ts';
import { tellMove } from '../custody/tell-move.ts';
import { raiseEvent } from '../triggers/raise-event.ts';
import { wholeFrames } from './channel-frames.ts';
import { announceDataset } from './dataset-changes.ts';
import { pathInDataset } from './dataset-paths.ts';
import type { ParsedTable } from './frame-entries.ts';
import { freePaths } from './free-paths.ts';
import { settleAgain, withoutLate } from './late-files.ts';
import { tablesOfStored } from './located-frames.ts';
import { storeKeyPrefix } from './open-stream-upload.ts';
import { storablePath } from './place.ts';
import { announceFiles, countFiles, refuseOverlap } from './record-file.ts';
import {
  type DatasetRow,
  experimentCode,
  findDataset,
  lockDataset,
  updateDataset,
} from './series.repository.ts';
import { uploadsWithFiles } from './source.repository.ts';
import {
  deleteFrames,
  type FileRow,
  insertFrames,
  isBeingMoved,
  lockFile,
  moveUploads,
  tablesOf,
  updateFile,
} from './upload.repository.ts';
import type { IngestDeps } from './uploads.ts';

interface Attached {
  file: FileRow;
  kind: 'data' | 'master';
  frames: FrameRange | null;
  path: string;
  storeKey: string;
}

/** Path below the watched folder, safe; of a file whose name is no text there, its stored name beside the others. */
function relativePathOf(file: FileRow, { sourceStem }: DatasetRow): string {
  const path = file.sourcePath;
  if (path === null || path.includes('\\')) {
    const { parent } = splitStorePath(sourceStem ?? '');
    return parent === '' ? file.name : `${parent}/${file.name}`;
  }
  const segments = path.split('/').map((segment) => cleanPrefix(segment).prefix || '_');
  return segments.join('/');
}

/**
 * A dataset whose last data file came first knows only the frames of that one; a fuller one is taken as long as it holds none that were not
 * announced.
 */
function mostFrames({ framesPerFile, framesExpected, sourceKind }: DatasetRow, [, last]: FrameRange): number {
  const isAnnounced = sourceKind === 'hdf5-master' && framesExpected !== null && last < framesExpected;
  return isAnnounced ? framesExpected : framesPerFile;
}

/** The files of these uploads, in their order. Throws NOT_FOUND, BAD_INPUT or CONFLICT unless each can be part of the dataset. */
async function filesToAttach(
  { db }: IngestDeps,
  dataset: DatasetRow,
  input: AttachFilesRequest,
): Promise<{ file: FileRow; kind: 'data' | 'master'; frames: FrameRange | null }[]> {
  const found = await uploadsWithFiles(
    db,
    input.files.map(({ clientId }) => clientId),
  );
  const byClient = new Map(found.map((one) => [one.upload.clientId, one]));
  return input.files.map(({ clientId, kind, frames }) => {
    const { upload, file } = byClient.get(clientId) ?? { upload: null, file: null };
    if (upload?.instrumentId !== dataset.instrumentId) {
      throw new AppError('NOT_FOUND', 'There is no such upload.');
    }
    if (upload.fileId === null || !file) {
      throw new AppError(
        'CONFLICT',
        `${upload.path} is not stored yet: attach it when its upload is completed.`,
      );
    }
    if (file.datasetId !== null && file.datasetId !== dataset.id) {
      throw new AppError('CONFLICT', `${file.path} belongs to another dataset.`);
    }
    if (frames && (frames[1] < frames[0] || frames[1] - frames[0] >= mostFrames(dataset, frames))) {
      throw new AppError(
        'BAD_INPUT',
        `Frames ${frames[0]} to ${frames[1]} of ${file.path} are no range of at most ${dataset.framesPerFile}, as this dataset has them.`,
      );
    }
    return { file, kind, frames };
  });
}

/**
 * Makes files that were stored before their dataset was recognised part of it. An acquisition stays where it began: files that were judged
 * by themselves to belong to another experiment, or to none, move to that of the dataset, and all take the names its files have. What is
 * part of the dataset already is counted anew, so a repeated request counts no frame twice. Throws CONFLICT when a frame is there already.
 */
export async function attachFiles(
  deps: IngestDeps,
  ctx: ServiceContext,
  input: AttachFilesRequest & { datasetId: string },
): Promise<{ attached: number }> {
  const { db, store } = deps;
  const agent = requireAgent(ctx);
  const dataset = await findDataset(db, input.datasetId);
  if (dataset?.instrumentId !== agent.instrumentId) {
    throw new AppError('NOT_FOUND', 'There is no such dataset.');
  }
  const found = await filesToAttach(deps, dataset, input);
  const fileIds = found.map(({ file }) => file.id);
  if (await isBeingMoved(db, { datasetIds: [dataset.id], fileIds })) {
    throw new AppError('UNAVAILABLE', { message: 'The data are just being moved.', retryAfterS: 5 });
  }
  const fresh = found.filter(({ file }) => file.datasetId === null);
  const known = found.filter(({ file }) => file.datasetId !== null);
  const keyPrefix = storeKeyPrefix(dataset, await experimentCode(db, dataset.experimentId));
  const wanted = fresh.map(({ file }) => storablePath(pathInDataset(dataset, relativePathOf(file, dataset))));
  const inPlace = (index: number) => fresh[index]!.file.storeKey === `${keyPrefix}/${wanted[index]}`;
  const moving = fresh.map((_, index) => index).filter((index) => !inPlace(index));
  const free = await freePaths(
    db,
    moving.map((index) => ({ path: wanted[index]!, keyPrefix, experimentId: dataset.experimentId })),
  );
  for (const [n, index] of moving.entries()) wanted[index] = free[n]!;
  const attached = fresh.map((one, index): Attached => {
    const path = wanted[index]!;
    return { ...one, path, storeKey: `${keyPrefix}/${path}` };
  });
  const tables = await tablesOfStored(store, dataset, attached);
  const framesPerFile = found.reduce(
    (most, { frames }) => Math.max(most, frames === null ? 1 : frames[1] - frames[0] + 1),
    dataset.framesPerFile,
  );
  for (const { file, storeKey } of attached) await placeObject(store, file, storeKey);
  const tablesOfKnown = await tablesOfStored(store, dataset, known);
  await db.transaction(async (tx) => {
    if (framesPerFile > dataset.framesPerFile) await widenFiles(tx, dataset.id, framesPerFile);
    await recordAttached(tx, ctx, dataset, attached, tables);
    for (const [index, { file }] of known.entries()) {
      await recountAttached(tx, ctx, dataset, file, tablesOfKnown[index]!);
    }
  });
  await removeFormer(db, store, fileIds);
  return { attached: found.length };
}

/** Overlaps are looked for among files of at most so many frames. */
async function widenFiles(tx: Transaction, datasetId: string, framesPerFile: number): Promise<void> {
  const { framesPerFile: now } = (await lockDataset(tx, datasetId))!;
  if (framesPerFile > now) await updateDataset(tx, datasetId, { framesPerFile });
}

async function recordAttached(
  tx: Transaction,
  ctx: ServiceContext,
  { id }: DatasetRow,
  attached: readonly Attached[],
  tables: Awaited<ReturnType<typeof tablesOfStored>>,
): Promise<void> {
  const dataset = (await lockDataset(tx, id))!;
  const changes: Partial<DatasetRow> = {};
  const moved: FileRow[] = [];
  let framesStored = dataset.framesStored;
  for (const [index, { file, kind, path, storeKey }] of attached.entries()) {
    const before = (await lockFile(tx, file.id))!;
    if (before.datasetId === id) continue;
    if (before.datasetId !== null || before.storeKey !== file.storeKey || before.version !== file.version) {
      throw new AppError('UNAVAILABLE', { message: `${file.path} is just changing.`, retryAfterS: 2 });
    }
    const own = tables[index]!;
    await refuseOverlap(tx, dataset, own, null);
    const { experimentId, unassignedReason } = dataset;
    const place = { experimentId, unassignedReason, path, ...splitStorePath(path), storeKey };
    await updateFile(tx, file.id, { ...place, datasetId: id, kind });
    await moveUploads(tx, file.id, { datasetId: id });
    await insertFrames(tx, [{ fileId: file.id, datasetId: id, tables: own, values: [] }]);
    framesStored += wholeFrames(dataset, own);
    if (kind === 'master') changes.masterFileId = file.id;
    await tellAttached(tx, ctx, before, { ...before, ...place, datasetId: id, kind });
    if (before.experimentId !== experimentId) moved.push(before);
  }
  await tellMoved(tx, ctx, dataset, moved);
  const counted = { ...dataset, ...changes, framesStored };
  const late = withoutLate(
    counted,
    attached.map(({ file, path }) => ({ ...file, path })),
    tables.flat(),
  );
  await updateDataset(tx, id, { ...changes, framesStored, ...late });
  await announceDataset(tx, ctx, await settleAgain(tx, ctx, { ...counted, ...late }));
  if (dataset.experimentId !== null && framesStored > dataset.framesStored) {
    await raiseEvent(tx, dataset.instrumentId, { event: 'dataset.frames', datasetId: id });
  }
}

/** A file that grew after it was attached has more frames; told the same again, nothing changes. */
async function recountAttached(
  tx: Transaction,
  ctx: ServiceContext,
  { id }: DatasetRow,
  file: FileRow,
  tables: readonly ParsedTable[],
): Promise<void> {
  const dataset = (await lockDataset(tx, id))!;
  // Nothing is known of such a file but its range, which is that of every channel.
  const [now] = tables;
  const former = await tablesOf(tx, file.id);
  const [before] = former;
  const same = before && now && before.firstFrame === now.firstFrame && before.rows === now.rows;
  if (!now || same) return;
  await refuseOverlap(tx, dataset, tables, file.id);
  await deleteFrames(tx, file.id);
  await insertFrames(tx, [{ fileId: file.id, datasetId: id, tables, values: [] }]);
  await countFiles(tx, ctx, dataset, [
    {
      file,
      framesBefore: wholeFrames(dataset, former),
      framesNow: wholeFrames(dataset, tables),
      tables,
      masks: dataset.masks,
    },
  ]);
}

async function tellAttached(
  tx: Transaction,
  ctx: ServiceContext,
  before: FileRow,
  file: FileRow,
): Promise<void> {
  const entry = {
    ...{ action: 'file.attach', entityKind: 'file', entityId: file.id },
    detail: { datasetId: file.datasetId, sha256: file.sha256, from: before.path, path: file.path },
  };
  await recordAudit(tx, ctx, { ...entry, experimentId: file.experimentId });
  if (before.experimentId !== null && before.experimentId !== file.experimentId) {
    await recordAudit(tx, ctx, { ...entry, experimentId: before.experimentId });
  }
  await announceFiles(tx, ctx, file);
}

/** Tells the experiments that files were judged to belong to before, and that of the dataset, of their move: once for all together. */
async function tellMoved(
  tx: Transaction,
  ctx: ServiceContext,
  dataset: DatasetRow,
  moved: readonly FileRow[],
): Promise<void> {
  for (const fromExperimentId of new Set(moved.map(({ experimentId }) => experimentId))) {
    const files = moved.filter(({ experimentId }) => experimentId === fromExperimentId);
    await tellMove(tx, ctx, {
      ...{ action: 'dataset.attach', entityKind: 'dataset', entityId: dataset.id, what: 'parts' },
      ...{ instrumentId: dataset.instrumentId, fromExperimentId, toExperimentId: dataset.experimentId },
      ...{ fromName: files[0]!.path, toName: dataset.base, frames: null, reason: null },
      files: files.length,
      sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      detail: { fileIds: files.map(({ id }) => id) },
    });
  }
}
