import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database, Queryable } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import type { ObjectStore } from '../../storage/object-store.port.ts';
import type { ServiceContext } from '../context.ts';
import { requireDataset } from '../datasets/dataset.policy.ts';
import { requireExperiment } from '../experiments/experiment.policy.ts';
import { hashObject } from './move-objects.ts';
import type { FileRow } from './place.repository.ts';
import {
  advance,
  countFiles,
  enqueueVerify,
  type FilesOf,
  filesInOrder,
  findFileRow,
  findVerification,
  insertVerification,
  lockVerifications,
  unfinishedOf,
  type VerificationRow,
  versionsOf,
} from './verification.repository.ts';

/** What one task reads before it hands over to the next, so that a worker can be stopped and other tasks get their turn. */
const SLICE_BYTES = 4 * 1024 ** 3;
const SLICE_FILES = 200;
const MAX_FAULTS = 1000;

interface Content {
  storeKey: string;
  sizeBytes: number;
  sha256: string;
}

/** What is wrong with the bytes under a key; null when they are those that were sent. */
async function faultOf(store: ObjectStore, expected: Content): Promise<string | null> {
  try {
    const { sha256, sizeBytes } = await hashObject(store, expected.storeKey);
    if (sizeBytes !== expected.sizeBytes) {
      return `It has ${sizeBytes} bytes in the store; ${expected.sizeBytes} were sent.`;
    }
    return sha256 === expected.sha256
      ? null
      : `Its bytes have changed: the SHA-256 in the store is ${sha256}; at the source it was ${expected.sha256}.`;
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return 'It is missing from the store.';
    throw error;
  }
}

/** Faults of a file and of its former contents. A file that changed its place or its content meanwhile is looked at as it is now. */
async function checkFile(
  db: Database,
  store: ObjectStore,
  file: FileRow,
): Promise<{ path: string; fault: string }[]> {
  let fault = await faultOf(store, file);
  if (fault !== null) {
    const now = await findFileRow(db, file.id);
    const changed = now && (now.storeKey !== file.storeKey || now.sha256 !== file.sha256);
    if (changed) fault = await faultOf(store, now);
  }
  const faults = fault === null ? [] : [{ path: file.path, fault }];
  if (file.version === 1) return faults;
  for (const former of await versionsOf(db, file.id)) {
    const found = await faultOf(store, former);
    if (found !== null) faults.push({ path: `${file.path} (version ${former.version})`, fault: found });
  }
  return faults;
}

async function announce(q: Queryable, ctx: ServiceContext, row: VerificationRow): Promise<void> {
  await publish(q, ctx, {
    topics: [`experiment:${row.experimentId}`],
    kind: 'verification.changed',
    data: { verificationId: row.id, datasetId: row.datasetId },
  });
}

/**
 * Has the store re-read: all files of an experiment, or those of one dataset. Members and above. One that is under way for the same files
 * is answered instead of beginning another.
 */
export async function startVerification(
  db: Database,
  ctx: ServiceContext,
  input: { experimentId: string; datasetId?: string | null },
): Promise<{ verificationId: string }> {
  return db.transaction(async (tx) => {
    const experiment = await requireExperiment(tx, ctx, input.experimentId, 'file.upload');
    const datasetId = input.datasetId ?? null;
    const of: FilesOf = { experimentId: experiment.id, datasetId };
    if (datasetId !== null) {
      const dataset = await requireDataset(tx, ctx, datasetId, 'file.upload');
      if (dataset.experimentId !== experiment.id) {
        throw new AppError('NOT_FOUND', 'There is no such dataset in this experiment.');
      }
    }
    await lockVerifications(tx, experiment.id);
    const underWay = await unfinishedOf(tx, of);
    if (underWay) return { verificationId: underWay.id };
    const row: VerificationRow = {
      ...{ id: ctx.newId(), ...of },
      requestedBy: ctx.principal.kind === 'person' ? ctx.principal.personId : null,
      createdAt: ctx.now(),
      finishedAt: null,
      filesTotal: await countFiles(tx, of),
      filesChecked: 0,
      lastFileId: null,
      bytesChecked: 0,
      faults: [],
    };
    await insertVerification(tx, row);
    await recordAudit(tx, ctx, {
      action: 'verification.start',
      entityKind: 'verification',
      entityId: row.id,
      experimentId: experiment.id,
      detail: { datasetId, files: row.filesTotal },
    });
    await enqueueVerify(tx, row.id);
    await announce(tx, ctx, row);
    return { verificationId: row.id };
  });
}

/**
 * Reads on where a verification stands: every file's bytes through the store, their SHA-256 compared with the one from the source, former
 * contents too. Stops after a slice and has the queue call it again; cut short, the slice is read once more. For the system only.
 */
export async function continueVerification(
  db: Database,
  store: ObjectStore,
  ctx: ServiceContext,
  input: { verificationId: string },
): Promise<void> {
  if (ctx.principal.kind !== 'system') throw new AppError('NOT_ALLOWED');
  const row = await findVerification(db, input.verificationId);
  if (!row || row.finishedAt !== null) return;
  const files = await filesInOrder(db, row, { after: row.lastFileId, limit: SLICE_FILES });
  const faults = [...row.faults];
  let [checked, bytes, lastFileId] = [0, 0, row.lastFileId];
  for (const file of files) {
    faults.push(...(await checkFile(db, store, file)));
    checked += 1;
    lastFileId = file.id;
    bytes += file.sizeBytes;
    if (bytes >= SLICE_BYTES) break;
  }
  const filesChecked = row.filesChecked + checked;
  const isOver = checked === files.length && files.length < SLICE_FILES;
  const after: VerificationRow = {
    ...row,
    filesChecked,
    lastFileId,
    bytesChecked: row.bytesChecked + bytes,
    // Files that came meanwhile are read too; those that were moved away are not.
    filesTotal: isOver ? filesChecked : Math.max(row.filesTotal, filesChecked),
    faults: faults.slice(0, MAX_FAULTS),
    finishedAt: isOver ? ctx.now() : null,
  };
  await db.transaction(async (tx) => {
    if (!(await advance(tx, row, after))) return;
    if (!isOver) await enqueueVerify(tx, row.id);
    else {
      await recordAudit(tx, ctx, {
        action: 'verification.end',
        entityKind: 'verification',
        entityId: row.id,
        experimentId: row.experimentId,
        detail: { files: filesChecked, bytes: after.bytesChecked, faults: faults.length },
      });
    }
    await announce(tx, ctx, after);
  });
}
