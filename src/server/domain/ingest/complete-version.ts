import type { UploadCompleteResponse } from '../../../shared/contracts/agent-api.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ObjectStore } from '../../storage/object-store.port.ts';
import type { ServiceContext } from '../context.ts';
import { wholeFrames } from './channel-frames.ts';
import { tablesAgain } from './located-frames.ts';
import {
  announceFiles,
  answerOf,
  type Completion,
  correctedStamps,
  countFiles,
  refuseOverlap,
} from './record-file.ts';
import { lockDataset } from './series.repository.ts';
import {
  deleteFrames,
  type FileRow,
  findFile,
  insertFileVersion,
  insertFrames,
  lockFile,
  markCompleted,
  type UploadRow,
  updateFile,
} from './upload.repository.ts';

/** Where the n-th content of a file stays when a newer one takes its path. */
export const versionKey = (fileId: string, version: number): string => `_versions/${fileId}/${version}`;

/** False when the bytes of the file are gone from the store, which must not keep newer ones out. */
async function preserveFormer(store: ObjectStore, file: FileRow): Promise<boolean> {
  try {
    // Taken after a crash between this and the record: it has the former content then, and the path may have the newer one.
    await store.preserve(file.storeKey, versionKey(file.id, file.version));
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return false;
    throw error;
  }
}

/**
 * Gives a file its next version. The former content gets a key of its own, then the path changes to the new bytes in one step, then the
 * record follows; the file is held all the while, so that versions come one after the other. Killed anywhere, the path has the old content
 * or the new one, and the agent, who was not told, asks again. A data file of a dataset is counted anew.
 * Null, and nothing happens, when the file has changed its place since the upload was opened.
 */
export async function completeVersion(
  tx: Transaction,
  store: ObjectStore,
  ctx: ServiceContext,
  row: UploadRow,
  completion: Completion,
): Promise<UploadCompleteResponse | null> {
  const { input, tables } = completion;
  const fileId = row.replacesFileId!;
  const current = (await findFile(tx, fileId))!;
  const datasetId = current.datasetId ?? row.datasetId;
  // In this order, as whoever moves a dataset does.
  const locked = datasetId === null ? null : (await lockDataset(tx, datasetId))!;
  const before = (await lockFile(tx, fileId))!;
  // A loose file whose dataset was recognised meanwhile becomes part of it, unless that lies elsewhere: then it is attached first.
  const dataset = locked?.experimentId === before.experimentId ? locked : null;
  if (before.datasetId !== current.datasetId || before.storeKey !== row.storeKey) return null;
  if (dataset) await refuseOverlap(tx, dataset, tables, fileId);
  const kept = await preserveFormer(store, before);
  await store.completeUpload({
    key: before.storeKey,
    uploadRef: row.storeUploadRef,
    parts: input.parts,
    sizeBytes: input.sizeBytes,
    replace: true,
  });
  const now = ctx.now();
  const changes = {
    agentId: row.agentId,
    ...(dataset && before.datasetId === null ? { datasetId: dataset.id, kind: row.kind } : {}),
    sizeBytes: input.sizeBytes,
    sha256: input.sha256,
    ...correctedStamps(row, input.stamps),
    storedAt: now,
    committedAt: now,
    version: before.version + 1,
  };
  await insertFileVersion(tx, {
    fileId,
    version: before.version,
    storeKey: versionKey(fileId, before.version),
    sizeBytes: before.sizeBytes,
    sha256: before.sha256,
    sourceSettledAt: before.sourceSettledAt,
    committedAt: before.committedAt,
    replacedAt: now,
  });
  await updateFile(tx, fileId, changes);
  const file: FileRow = { ...before, ...changes };
  await markCompleted(tx, [{ id: row.id, fileId, parts: input.parts }], now);
  if (dataset) {
    const former = await deleteFrames(tx, fileId);
    // Of a file that was attached its agent says nothing more: then it has the frames it had, wherever they lie in it now.
    const now = tables.length > 0 ? tables : await tablesAgain(store, dataset, file, former);
    await insertFrames(tx, [{ fileId, datasetId: dataset.id, ...completion, tables: now }]);
    await countFiles(tx, ctx, dataset, [
      {
        file,
        framesBefore: wholeFrames(dataset, former),
        framesNow: wholeFrames(dataset, now),
        tables: now,
        masks: input.masks.length > 0 ? input.masks : dataset.masks,
      },
    ]);
  }
  await recordAudit(tx, ctx, {
    action: 'file.version',
    entityKind: 'file',
    entityId: fileId,
    experimentId: file.experimentId,
    detail: {
      path: file.path,
      version: file.version,
      ...{ sizeBytes: file.sizeBytes, sha256: file.sha256, formerSha256: before.sha256, formerKept: kept },
    },
  });
  await announceFiles(tx, ctx, file);
  return answerOf(file);
}
