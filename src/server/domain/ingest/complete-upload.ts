import type { UploadCompleteRequest, UploadCompleteResponse } from '../../../shared/contracts/agent-api.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { splitStorePath } from '../../../shared/model/store-path.ts';
import type { Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import { requireAgent } from '../agents/agents.service.ts';
import type { ServiceContext } from '../context.ts';
import { announceDataset, settleState } from './dataset-changes.ts';
import { checkMasks, type ParsedTable, parseTables } from './frame-entries.ts';
import { type DatasetRow, lockDataset, updateDataset } from './series.repository.ts';
import {
  type FileRow,
  findFile,
  insertFile,
  insertFrameTables,
  lockUpload,
  markCompleted,
  overlapsStored,
  type UploadRow,
} from './upload.repository.ts';
import { type IngestDeps, requireUpload } from './uploads.ts';

const answerOf = (row: FileRow): UploadCompleteResponse => ({
  fileId: row.id,
  path: row.path,
  storedAt: row.storedAt.toISOString(),
  committedAt: row.committedAt.toISOString(),
});

/** The answer to a completion that has happened already. Throws CONFLICT when it is told other bytes now. */
function repeated(row: FileRow, input: UploadCompleteRequest): UploadCompleteResponse {
  if (row.sha256 !== input.sha256 || row.sizeBytes !== input.sizeBytes) {
    throw new AppError('CONFLICT', `${row.path} was completed with other bytes.`);
  }
  return answerOf(row);
}

/** Times of the agent on the server's clock. */
function correctedStamps(stamps: UploadCompleteRequest['stamps']) {
  const corrected = (iso: string) => new Date(Date.parse(iso) + stamps.clockOffsetMs);
  return {
    sourceCreatedAt: corrected(stamps.createdAt),
    sourceSettledAt: corrected(stamps.settledAt),
    firstByteAt: corrected(stamps.firstPartSentAt),
  };
}

async function refuseOverlap(
  tx: Transaction,
  dataset: DatasetRow,
  tables: readonly ParsedTable[],
): Promise<void> {
  for (const table of tables) {
    if (await overlapsStored(tx, dataset.id, dataset.framesPerFile, table)) {
      throw new AppError(
        'CONFLICT',
        `Frames from ${table.firstFrame} of ${table.channel} are stored in another file already.`,
      );
    }
  }
}

/**
 * Completes an upload: the store checks the parts, makes the bytes durable and gives them their name; then one transaction
 * records file, frames, custody and counts and tells everybody. Anything may die in between: the agent asks again, the store finds the
 * same bytes under the name, and the record is made then. Throws CHECKSUM_MISMATCH (with the parts at fault), BAD_INPUT, CONFLICT.
 */
export async function completeUpload(
  { db, store }: IngestDeps,
  ctx: ServiceContext,
  input: UploadCompleteRequest & { uploadId: string },
): Promise<UploadCompleteResponse> {
  const agent = requireAgent(ctx);
  const { row, dataset } = await requireUpload(db, agent, input.uploadId);
  if (row.fileId !== null) return repeated((await findFile(db, row.fileId))!, input);
  const channels = dataset.channels.map((channel) => channel.name);
  const { sizeBytes } = input;
  const tables = parseTables(input.chunks, { sizeBytes, channels, framesPerFile: dataset.framesPerFile });
  checkMasks(input.masks, { sizeBytes, channels });
  // Before the bytes get their name, so that a refused file leaves none; and again below, where nobody can come between.
  await db.transaction((tx) => refuseOverlap(tx, dataset, tables));
  await store.completeUpload({
    key: row.storeKey,
    uploadRef: row.storeUploadRef,
    parts: input.parts,
    sizeBytes,
  });
  const storedAt = ctx.now();
  return db.transaction(async (tx) => {
    const locked = await lockUpload(tx, row.id);
    if (!locked) throw new AppError('NOT_FOUND', 'The upload was removed in the meantime.');
    if (locked.fileId !== null) return repeated((await findFile(tx, locked.fileId))!, input);
    return recordFile(tx, ctx, locked, input, tables, storedAt);
  });
}

async function recordFile(
  tx: Transaction,
  ctx: ServiceContext,
  row: UploadRow,
  input: UploadCompleteRequest,
  tables: readonly ParsedTable[],
  storedAt: Date,
): Promise<UploadCompleteResponse> {
  const dataset = (await lockDataset(tx, row.datasetId!))!;
  await refuseOverlap(tx, dataset, tables);
  const file: FileRow = {
    id: ctx.newId(),
    instrumentId: dataset.instrumentId,
    experimentId: row.experimentId,
    datasetId: dataset.id,
    agentId: row.agentId,
    kind: row.kind,
    path: row.path,
    ...splitStorePath(row.path),
    storeKey: row.storeKey,
    sizeBytes: input.sizeBytes,
    sha256: input.sha256,
    ...correctedStamps(input.stamps),
    storedAt,
    committedAt: ctx.now(),
    version: 1,
    source: row.source,
    sourcePath: row.sourcePath,
    unassignedReason: row.unassignedReason,
  };
  await insertFile(tx, file);
  await insertFrameTables(tx, file.id, dataset.id, tables);
  await markCompleted(tx, row.id, { parts: input.parts, fileId: file.id, completedAt: file.committedAt });
  // A frame is counted by the first channel: with several thresholds every image has all of them.
  const counted = tables.find((table) => table.channel === dataset.channels[0]!.name)?.framesStored ?? 0;
  const changes = {
    framesStored: dataset.framesStored + counted,
    ...(row.kind === 'master' ? { masterFileId: file.id, masks: input.masks } : {}),
  };
  await updateDataset(tx, dataset.id, changes);
  const changed = { ...dataset, ...changes };
  await announceDataset(tx, ctx, dataset.ending === null ? changed : await settleState(tx, changed));
  await recordAudit(tx, ctx, {
    action: 'file.commit',
    entityKind: 'file',
    entityId: file.id,
    experimentId: file.experimentId,
    detail: { path: file.path, sizeBytes: file.sizeBytes, sha256: file.sha256 },
  });
  if (file.experimentId !== null) {
    await publish(tx, ctx, {
      topics: [`experiment:${file.experimentId}`],
      kind: 'file.committed',
      data: {
        fileId: file.id,
        path: file.path,
        sizeBytes: file.sizeBytes,
        datasetId: file.datasetId,
        storedAt: file.storedAt.toISOString(),
        committedAt: file.committedAt.toISOString(),
      },
    });
  }
  return answerOf(file);
}
