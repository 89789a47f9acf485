import { AppError } from '../../../shared/errors/app-error.ts';
import { splitStorePath } from '../../../shared/model/store-path.ts';
import { isUuid } from '../../../shared/model/uuid.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { isNameTaken } from '../../db/name-taken.ts';
import type { ServiceContext } from '../context.ts';
import { requireData } from '../datasets/dataset.policy.ts';
import {
  type ExperimentRow,
  requireExperiment,
  requireInstrument,
} from '../experiments/experiment.policy.ts';
import { announceDataset } from '../ingest/dataset-changes.ts';
import { freePaths } from '../ingest/free-paths.ts';
import { baseInOwnFolder } from '../ingest/register-dataset.ts';
import { basesOfExperiment, sampleOf } from '../ingest/samples-and-bases.ts';
import type { FileRow } from './place.repository.ts';
import {
  type DatasetRow,
  enqueueMove,
  filesOfDataset,
  giveDataset,
  giveFiles,
  hasJobsUnderWay,
  hasOpenUploads,
  insertReassignment,
  isMoving,
  lockDatasetRow,
  lockFileRow,
  sampleNameOf,
} from './reassignment.repository.ts';
import { tellMove } from './tell-move.ts';

const MAX_BASES = 1000;
/** Each try is lost only to somebody who takes the same name at the same moment. */
const MAX_TRIES = 5;

export interface Reassigned {
  reassignmentId: string;
  /** Base of the dataset, or path of the file, in its new experiment. */
  path: string;
}

/** Runs the change in a transaction; again when the name it chose was taken meanwhile. */
async function withFreeName<T>(db: Database, change: (tx: Transaction) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await db.transaction(change);
    } catch (error) {
      if (!isNameTaken(error) || tries === MAX_TRIES) throw error;
    }
  }
}

/** The experiment to give data to: one of their instrument that the caller sees. Throws NOT_FOUND, CONFLICT. */
async function requireTarget(
  tx: Transaction,
  ctx: ServiceContext,
  data: { instrumentId: string; experimentId: string | null },
  experimentId: string,
): Promise<ExperimentRow> {
  await requireInstrument(tx, ctx, data.instrumentId, 'instrument.unassigned');
  const target = await requireExperiment(tx, ctx, experimentId, 'experiment.view');
  if (target.instrumentId !== data.instrumentId) {
    throw new AppError('CONFLICT', `${target.code} is an experiment of another instrument.`);
  }
  if (target.id === data.experimentId) {
    throw new AppError('ALREADY_DONE', `The data belong to ${target.code} already.`);
  }
  return target;
}

const wait = (sentence: string) => new AppError('CONFLICT', sentence);

/** Throws CONFLICT, saying what to wait for, while the dataset changes by itself. */
async function requireAtRest(tx: Transaction, row: DatasetRow, files: readonly FileRow[]): Promise<void> {
  if (row.ending === null) {
    throw wait(`${row.base} is still being received: give it to an experiment when it has ended.`);
  }
  if (await isMoving(tx, { datasetId: row.id })) {
    throw wait(`${row.base} is being moved already: wait until that is done.`);
  }
  if (await hasOpenUploads(tx, { datasetId: row.id, fileIds: files.map(({ id }) => id) })) {
    throw wait(`Files of ${row.base} are still being uploaded: wait until they are stored.`);
  }
  if (await hasJobsUnderWay(tx, row.id)) {
    throw wait(`A job is working on ${row.base}: wait until it has ended, or cancel it.`);
  }
}

/** Where the files of a dataset go when its base changes: all keep their names and their places relative to each other. */
function movedPath(path: string, fromBase: string, toBase: string): string {
  if (path.startsWith(fromBase)) return `${toBase}${path.slice(fromBase.length)}`;
  const [from, to] = [splitStorePath(fromBase).parent, splitStorePath(toBase).parent];
  return path.startsWith(`${from}/`) ? `${to}${path.slice(from.length)}` : path;
}

/**
 * A base that is free in the experiment, with free paths for all files. A taken name gives a folder of its own, since the files of a
 * dataset name each other.
 */
async function chooseBase(
  tx: Transaction,
  row: DatasetRow,
  target: ExperimentRow,
  files: readonly FileRow[],
): Promise<{ base: string; paths: string[] }> {
  const taken = await basesOfExperiment(tx, target.id, row.base);
  for (let n = 1; n <= MAX_BASES; n++) {
    const base = baseInOwnFolder(row.base, n);
    if (taken.has(base)) continue;
    const wanted = files.map(({ path }) => movedPath(path, row.base, base));
    const paths = await freePaths(
      tx,
      wanted.map((path) => ({ path, keyPrefix: target.code, experimentId: target.id })),
    );
    const keepNames = wanted.every((path, index) => !path.startsWith(base) || path === paths[index]);
    if (keepNames) return { base, paths };
  }
  throw new AppError('CONFLICT', `No free name like ${row.base} was found in ${target.code}.`);
}

interface Move {
  data: { id: string; instrumentId: string; experimentId: string | null };
  of: { datasetId: string } | { fileId: string };
  target: ExperimentRow;
  fromPath: string;
  toPath: string;
  /** Null for a file. */
  frames: number | null;
  files: readonly FileRow[];
  reason: string;
}

/** Keeps the move, tells both experiments, and has the workers follow with the bytes. */
async function startMove(tx: Transaction, ctx: ServiceContext, move: Move): Promise<Reassigned> {
  const { data, of, target, fromPath, toPath, frames, files, reason } = move;
  const id = ctx.newId();
  await insertReassignment(tx, {
    ...{ id, ...of, fromPath, toPath, reason },
    instrumentId: data.instrumentId,
    fromExperimentId: data.experimentId,
    toExperimentId: target.id,
    state: 'moving',
    createdAt: ctx.now(),
    createdBy: ctx.principal.kind === 'person' ? ctx.principal.personId : null,
  });
  const what = 'datasetId' in of ? 'dataset' : 'file';
  await tellMove(tx, ctx, {
    ...{ action: `${what}.reassign`, entityKind: what, entityId: data.id, what, frames, reason },
    instrumentId: data.instrumentId,
    fromExperimentId: data.experimentId,
    toExperimentId: target.id,
    ...{ fromName: fromPath, toName: toPath, files: files.length },
    sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    detail: { reassignmentId: id, fromPath, toPath, reason },
  });
  await enqueueMove(tx, id);
  return { reassignmentId: id, path: toPath };
}

/**
 * Gives a dataset to an experiment of its instrument: from the unassigned tray, or from an experiment it does not belong to. Only one that
 * has ended and that nobody is changing. Results of jobs stay with their jobs. Throws CONFLICT with what to wait for, ALREADY_DONE.
 */
export async function reassignDataset(
  db: Database,
  ctx: ServiceContext,
  input: { datasetId: string; experimentId: string; reason: string },
): Promise<Reassigned> {
  return withFreeName(db, async (tx) => {
    const found = isUuid(input.datasetId) ? await lockDatasetRow(tx, input.datasetId) : null;
    const row = await requireData(tx, ctx, 'dataset', found, 'experiment.view');
    const target = await requireTarget(tx, ctx, row, input.experimentId);
    const files = await filesOfDataset(tx, row.id);
    await requireAtRest(tx, row, files);
    const { base, paths } = await chooseBase(tx, row, target, files);
    const sampleName = await sampleNameOf(tx, row.acquisitionId);
    const sampleId = sampleName === null ? null : await sampleOf(tx, ctx, target.id, sampleName);
    await giveDataset(tx, row, { experimentId: target.id, base, sampleId });
    await giveFiles(
      tx,
      target.id,
      files.map(({ id }, index) => ({ id, path: paths[index]! })),
    );
    await announceDataset(tx, ctx, { ...row, experimentId: target.id });
    return startMove(tx, ctx, {
      ...{ data: row, of: { datasetId: row.id }, target },
      ...{ fromPath: row.base, toPath: base, reason: input.reason },
      ...{ frames: row.framesStored, files },
    });
  });
}

/** The same for a file without a dataset. */
export async function reassignFile(
  db: Database,
  ctx: ServiceContext,
  input: { fileId: string; experimentId: string; reason: string },
): Promise<Reassigned> {
  return withFreeName(db, async (tx) => {
    const found = isUuid(input.fileId) ? await lockFileRow(tx, input.fileId) : null;
    const row = await requireData(tx, ctx, 'file', found, 'experiment.view');
    const target = await requireTarget(tx, ctx, row, input.experimentId);
    if (row.datasetId !== null) {
      throw new AppError('CONFLICT', `${row.path} is part of a dataset: give the dataset to the experiment.`);
    }
    if (row.kind === 'result') {
      throw new AppError('CONFLICT', `${row.path} is a result of a job and stays with it.`);
    }
    if (await isMoving(tx, { fileId: row.id })) throw wait(`${row.path} is being moved already.`);
    if (await hasOpenUploads(tx, { datasetId: null, fileIds: [row.id] })) {
      throw wait(`A new version of ${row.path} is being uploaded: wait until it is stored.`);
    }
    const wanted = { path: row.path, keyPrefix: target.code, experimentId: target.id };
    const [path] = await freePaths(tx, [wanted]);
    await giveFiles(tx, target.id, [{ id: row.id, path: path! }]);
    return startMove(tx, ctx, {
      ...{ data: row, of: { fileId: row.id }, target },
      ...{ fromPath: row.path, toPath: path!, reason: input.reason },
      ...{ frames: null, files: [row] },
    });
  });
}
