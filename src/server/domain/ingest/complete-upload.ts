import { isDeepStrictEqual } from 'node:util';
import type {
  UploadCompleteRequest,
  UploadCompleteResponse,
  UploadsCompleteRequest,
} from '../../../shared/contracts/agent-api.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Queryable } from '../../db/client.ts';
import { requireAgent } from '../agents/agent.policy.ts';
import type { ServiceContext } from '../context.ts';
import { abortUpload } from './abort-upload.ts';
import { completeVersion } from './complete-version.ts';
import { checkMasks, parseFrameValues, parseTables } from './frame-entries.ts';
import { nameBytes, removedMeanwhile, takeBack } from './name-bytes.ts';
import { answerOf, type Completion, recordFiles, refuseOverlap } from './record-file.ts';
import type { DatasetRow } from './series.repository.ts';
import { filesFromSource } from './source.repository.ts';
import { findFile, lockUpload, lockUploads, type UploadRow } from './upload.repository.ts';
import { type IngestDeps, noSuchUpload, type UploadOfAgent, uploadsOfAgent } from './uploads.ts';

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

/** What its agent took for a frame, and was written over a file of a dataset that had ended, has no frames here: `openFileUploads` took it out. */
async function toldOf(
  q: Queryable,
  { row, dataset }: UploadOfAgent,
  input: UploadCompleteRequest,
): Promise<UploadCompleteRequest> {
  const { source, sourcePath, instrumentId } = row;
  if (dataset !== null || input.chunks.length === 0 || instrumentId === null) return input;
  if (source === null || sourcePath === null) return input;
  const former = await filesFromSource(q, instrumentId, [{ source, sourcePath }]);
  return former.some(({ datasetId }) => datasetId !== null) ? { ...input, chunks: [] } : input;
}

export type CompleteInput = UploadsCompleteRequest['uploads'][number];

/** What became of one completion: the file, or what was thrown. */
export type CompletionOutcome = { file: UploadCompleteResponse } | { error: unknown };

/** An upload that makes a new file, and what is said of it. */
interface Fresh extends UploadOfAgent {
  completion: Completion;
}

/** A rewrite of a file that is there. */
async function completeRewrite(
  deps: IngestDeps,
  ctx: ServiceContext,
  { row, completion }: Fresh,
): Promise<UploadCompleteResponse> {
  const done = await deps.db.transaction(async (tx) => {
    const locked = await lockUpload(tx, row.id);
    if (!locked) return null;
    if (locked.fileId !== null) return repeated(tx, locked, completion.input);
    return completeVersion(tx, deps.store, ctx, locked, completion);
  });
  if (done) return done;
  await abortUpload(deps, ctx, row);
  throw removedMeanwhile();
}

/** Gives the bytes their name. Returns when they had it. */
async function storeBytes(deps: IngestDeps, ctx: ServiceContext, fresh: Fresh): Promise<Date> {
  const { row, dataset, completion } = fresh;
  // Before the bytes get their name, so that a refused file leaves none; and again when it is recorded, where nobody can come between.
  if (dataset) await refuseOverlap(deps.db, dataset, completion.tables, null);
  const { parts, sizeBytes } = completion.input;
  await nameBytes(deps, ctx, row, { parts, sizeBytes });
  return ctx.now();
}

type Stored = Fresh & { storedAt: Date };

/** Records files whose bytes have their name in one transaction. Null for those that were removed meanwhile. */
async function recordStored(
  { db }: IngestDeps,
  ctx: ServiceContext,
  stored: readonly Stored[],
): Promise<(UploadCompleteResponse | null)[]> {
  return db.transaction(async (tx) => {
    const locked = await lockUploads(
      tx,
      stored.map(({ row }) => row.id),
    );
    const byId = new Map(locked.map((row) => [row.id, row]));
    const isOpen = ({ row }: Stored) => byId.get(row.id)?.fileId === null;
    const open = stored.filter(isOpen);
    const recorded = await recordFiles(
      tx,
      ctx,
      open.map((one) => ({ ...one, row: byId.get(one.row.id)! })),
    );
    const answers = new Map(open.map(({ row }, index) => [row.id, recorded[index] ?? null]));
    for (const { row, completion } of stored) {
      const now = byId.get(row.id);
      // Completed by another request beside this one.
      if (now && now.fileId !== null) answers.set(row.id, await repeated(tx, now, completion.input));
    }
    return stored.map(({ row }) => answers.get(row.id) ?? null);
  });
}

/** Records what is stored, all at once; when one of it is refused, one by one, so that it does not hold up the others. */
async function recordAll(
  deps: IngestDeps,
  ctx: ServiceContext,
  stored: readonly Stored[],
): Promise<CompletionOutcome[]> {
  if (stored.length === 0) return [];
  try {
    const recorded = await recordStored(deps, ctx, stored);
    return await Promise.all(
      stored.map(async (one, index) => {
        const file = recorded[index] ?? null;
        return file ? { file } : { error: await takenBack(deps, ctx, one.row) };
      }),
    );
  } catch (error) {
    if (stored.length === 1) return [{ error }];
    const outcomes: CompletionOutcome[] = [];
    for (const one of stored) outcomes.push(...(await recordAll(deps, ctx, [one])));
    return outcomes;
  }
}

/** Its dataset went to another experiment meanwhile, or the upload was given up: nothing may stay behind under the name. */
async function takenBack(deps: IngestDeps, ctx: ServiceContext, row: UploadRow): Promise<unknown> {
  try {
    await takeBack(deps, ctx, row);
    return removedMeanwhile();
  } catch (error) {
    return error;
  }
}

/**
 * Completes uploads: the store checks the parts, makes the bytes durable and gives them their names; then one transaction
 * records files, frames, custody and counts and tells everybody. Anything may die in between: the agent asks again, the store finds the
 * same bytes under the name, and the record is made then. What is refused of one (CHECKSUM_MISMATCH with the parts at fault, BAD_INPUT,
 * CONFLICT, NOT_FOUND) is in its outcome and says nothing about the others. Outcomes are in the order asked for.
 */
export async function completeUploads(
  deps: IngestDeps,
  ctx: ServiceContext,
  { uploads }: { uploads: readonly CompleteInput[] },
): Promise<CompletionOutcome[]> {
  const agent = requireAgent(ctx);
  return completeAmong(deps, ctx, uploads, (ids) => uploadsOfAgent(deps.db, agent, ids));
}

/** The same of whoever sends them: `findOwn` finds those of these uploads that are the caller's. */
export async function completeAmong(
  deps: IngestDeps,
  ctx: ServiceContext,
  uploads: readonly CompleteInput[],
  findOwn: (ids: readonly string[]) => Promise<ReadonlyMap<string, UploadOfAgent>>,
): Promise<CompletionOutcome[]> {
  const ids = uploads.map(({ uploadId }) => uploadId);
  if (new Set(ids).size < ids.length) throw new AppError('BAD_INPUT', 'An upload is named twice.');
  const found = await findOwn(ids);
  const outcomes = new Map<string, CompletionOutcome>();
  const named = new Map<string, Stored>();
  const begin = async ({ uploadId, ...input }: CompleteInput) => {
    const upload = found.get(uploadId);
    if (!upload) throw noSuchUpload();
    if (upload.row.fileId !== null) {
      outcomes.set(uploadId, { file: await repeated(deps.db, upload.row, input) });
      return;
    }
    const fresh = {
      ...upload,
      completion: completionOf(await toldOf(deps.db, upload, input), upload.dataset),
    };
    if (upload.row.replacesFileId !== null) {
      outcomes.set(uploadId, { file: await completeRewrite(deps, ctx, fresh) });
      return;
    }
    try {
      named.set(uploadId, { ...fresh, storedAt: await storeBytes(deps, ctx, fresh) });
    } catch (error) {
      const now = (await findOwn([uploadId])).get(uploadId);
      // Completed by another request beside this one, whose frames, its own, were in the way.
      if (!now || now.row.fileId === null) throw error;
      outcomes.set(uploadId, { file: await repeated(deps.db, now.row, input) });
    }
  };
  await Promise.all(
    uploads.map((input) =>
      begin(input).catch((error: unknown) => void outcomes.set(input.uploadId, { error })),
    ),
  );
  const stored = ids.map((id) => named.get(id)).filter((one) => one !== undefined);
  const recorded = await recordAll(deps, ctx, stored);
  for (const [index, { row }] of stored.entries()) outcomes.set(row.id, recorded[index]!);
  return ids.map((id) => outcomes.get(id)!);
}

/** One of them; throws what its outcome says. */
export async function completeUpload(
  deps: IngestDeps,
  ctx: ServiceContext,
  input: CompleteInput,
): Promise<UploadCompleteResponse> {
  const [outcome] = await completeUploads(deps, ctx, { uploads: [input] });
  if ('error' in outcome!) throw outcome.error;
  return outcome!.file;
}
