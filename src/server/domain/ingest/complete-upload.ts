import { isDeepStrictEqual } from 'node:util';
import type { UploadCompleteRequest, UploadCompleteResponse } from '../../../shared/contracts/agent-api.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Queryable } from '../../db/client.ts';
import { requireAgent } from '../agents/agent.policy.ts';
import type { ServiceContext } from '../context.ts';
import { completeVersion } from './complete-version.ts';
import { checkMasks, parseFrameValues, parseTables } from './frame-entries.ts';
import { answerOf, type Completion, recordFile, refuseOverlap } from './record-file.ts';
import type { DatasetRow } from './series.repository.ts';
import { findFile, isKeyTaken, lockUpload, type UploadRow } from './upload.repository.ts';
import { abortUpload, type IngestDeps, requireUpload } from './uploads.ts';

/** The answer to a completion that has happened already. Throws CONFLICT when it is told other bytes now. */
async function repeated(
  q: Queryable,
  row: UploadRow,
  input: UploadCompleteRequest,
): Promise<UploadCompleteResponse> {
  const file = (await findFile(q, row.fileId!))!;
  const sameFile = file.sha256 === input.sha256 && file.sizeBytes === input.sizeBytes;
  // A newer version may have come since: then the parts tell.
  const superseded = file.version > 1 && isDeepStrictEqual(row.parts, input.parts);
  if (!sameFile && !superseded) {
    throw new AppError('CONFLICT', `${row.path} was completed with other bytes.`);
  }
  return answerOf(file);
}

/** Checks what is said of the frames in the file. Throws BAD_INPUT. */
function completionOf(input: UploadCompleteRequest, dataset: DatasetRow | null): Completion {
  const { sizeBytes, chunks, masks } = input;
  const frameValues = input.frameValues ?? [];
  if (dataset === null) {
    if (chunks.length + masks.length + frameValues.length > 0) {
      throw new AppError('BAD_INPUT', 'Only a file of a dataset has frames.');
    }
    return { input, tables: [], values: [] };
  }
  const channels = dataset.channels.map((channel) => channel.name);
  const { framesPerFile } = dataset;
  checkMasks(masks, { sizeBytes, channels });
  return {
    input,
    tables: parseTables(chunks, { sizeBytes, channels, framesPerFile }),
    values: parseFrameValues(frameValues, { framesPerFile }),
  };
}

/**
 * Completes an upload: the store checks the parts, makes the bytes durable and gives them their name; then one transaction
 * records file, frames, custody and counts and tells everybody. Anything may die in between: the agent asks again, the store finds the
 * same bytes under the name, and the record is made then. Throws CHECKSUM_MISMATCH (with the parts at fault), BAD_INPUT, CONFLICT.
 */
export async function completeUpload(
  deps: IngestDeps,
  ctx: ServiceContext,
  input: UploadCompleteRequest & { uploadId: string },
): Promise<UploadCompleteResponse> {
  const { db, store } = deps;
  const agent = requireAgent(ctx);
  const { row, dataset } = await requireUpload(db, agent, input.uploadId);
  if (row.fileId !== null) return repeated(db, row, input);
  const completion = completionOf(input, dataset);
  if (row.replacesFileId !== null) {
    const done = await db.transaction(async (tx) => {
      const locked = await lockUpload(tx, row.id);
      if (!locked) return null;
      if (locked.fileId !== null) return repeated(tx, locked, input);
      return completeVersion(tx, store, ctx, locked, completion);
    });
    if (done) return done;
    await abortUpload(deps, ctx, row);
    throw removed();
  }
  // Before the bytes get their name, so that a refused file leaves none; and again below, where nobody can come between.
  if (dataset) await db.transaction((tx) => refuseOverlap(tx, dataset, completion.tables, null));
  await store.completeUpload({
    key: row.storeKey,
    uploadRef: row.storeUploadRef,
    parts: input.parts,
    sizeBytes: input.sizeBytes,
  });
  const storedAt = ctx.now();
  const recorded = await db.transaction(async (tx) => {
    const locked = await lockUpload(tx, row.id);
    if (!locked) return null;
    if (locked.fileId !== null) return repeated(tx, locked, input);
    return recordFile(tx, ctx, locked, completion, storedAt);
  });
  if (recorded) return recorded;
  // Its dataset went to another experiment meanwhile, or the upload was given up: nothing may stay behind under the name.
  await abortUpload(deps, ctx, row);
  if (!(await isKeyTaken(db, row.storeKey))) await store.delete(row.storeKey);
  throw removed();
}

const removed = () => new AppError('NOT_FOUND', 'The upload was removed in the meantime: open it again.');
