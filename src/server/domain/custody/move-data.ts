import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import type { ObjectStore } from '../../storage/object-store.port.ts';
import type { ServiceContext } from '../context.ts';
import { requireExperiment } from '../experiments/experiment.policy.ts';
import { announceDataset, startTriggersAnew } from '../ingest/dataset-changes.ts';
import { placeObject, removeFormer } from './move-objects.ts';
import { type FileRow, findFiles } from './place.repository.ts';
import {
  filesOfDataset,
  findReassignment,
  lockDatasetRow,
  type ReassignmentRow,
  setReassignment,
  setStoreKey,
} from './reassignment.repository.ts';

/** Faults that trying again does not mend. */
const LASTING: readonly string[] = ['NOT_FOUND', 'CONFLICT', 'BAD_INPUT'];
const MAX_FAULTS_TOLD = 10;

/** Brings one object where its file belongs; the record follows, then the former key goes. */
async function moveFile(
  db: Database,
  store: ObjectStore,
  ctx: ServiceContext,
  file: FileRow,
  toKey: string,
  row: ReassignmentRow,
): Promise<void> {
  await placeObject(store, file, toKey);
  await db.transaction(async (tx) => {
    if (!(await setStoreKey(tx, file.id, file.storeKey, toKey))) return;
    const { sha256, sizeBytes } = file;
    await recordAudit(tx, ctx, {
      action: 'file.move',
      entityKind: 'file',
      entityId: file.id,
      experimentId: row.toExperimentId,
      detail: { reassignmentId: row.id, from: file.storeKey, to: toKey, sha256, sizeBytes },
    });
  });
  await removeFormer(db, store, [file.id]);
}

/**
 * Moves the bytes of data that were given to an experiment into its tree, object by object. May be cut short anywhere and called again:
 * what is there stays, what is left follows. When all have come, the triggers of the instrument look at the dataset as at one that has just
 * finished. What cannot be moved, because it is gone or something else lies there, is named; the rest moves all the same. For the
 * system only.
 */
export async function moveData(
  db: Database,
  store: ObjectStore,
  ctx: ServiceContext,
  input: { reassignmentId: string },
): Promise<void> {
  if (ctx.principal.kind !== 'system') throw new AppError('NOT_ALLOWED');
  const row = await findReassignment(db, input.reassignmentId);
  if (row?.state !== 'moving') return;
  const { code } = await requireExperiment(db, ctx, row.toExperimentId, 'experiment.view');
  const all =
    row.datasetId === null ? await findFiles(db, [row.fileId!]) : await filesOfDataset(db, row.datasetId);
  // What was given elsewhere since is another move's.
  const files = all.filter(({ experimentId }) => experimentId === row.toExperimentId);
  const faults: string[] = [];
  for (const file of files) {
    const toKey = `${code}/${file.path}`;
    try {
      if (file.storeKey !== toKey) await moveFile(db, store, ctx, file, toKey, row);
    } catch (error) {
      if (!(error instanceof AppError && LASTING.includes(error.code))) throw error;
      faults.push(`${file.path}: ${error.message}`);
    }
  }
  // What an earlier try left when it was cut short between a record and the removal.
  await removeFormer(
    db,
    store,
    files.map(({ id }) => id),
  );
  await finish(db, ctx, row, faults);
}

async function finish(
  db: Database,
  ctx: ServiceContext,
  row: ReassignmentRow,
  faults: readonly string[],
): Promise<void> {
  const more = faults.length - MAX_FAULTS_TOLD;
  const failure =
    faults.length === 0
      ? null
      : [...faults.slice(0, MAX_FAULTS_TOLD), ...(more > 0 ? [`and ${more} more`] : [])].join(' ');
  await db.transaction(async (tx) => {
    const state = failure === null ? 'done' : 'failed';
    await setReassignment(tx, row.id, { state, failure, doneAt: ctx.now() });
    await recordAudit(tx, ctx, {
      action: 'reassignment.end',
      entityKind: 'reassignment',
      entityId: row.id,
      experimentId: row.toExperimentId,
      detail: { state, failure },
    });
    if (row.datasetId !== null) {
      const dataset = (await lockDatasetRow(tx, row.datasetId))!;
      if (failure === null && dataset.experimentId === row.toExperimentId) {
        await startTriggersAnew(tx, dataset);
      }
      await announceDataset(tx, ctx, dataset);
    }
    await publish(tx, ctx, {
      topics: [`experiment:${row.toExperimentId}`, `instrument:${row.instrumentId}`],
      kind: 'experiment.changed',
      data: { experimentId: row.toExperimentId },
    });
  });
}
