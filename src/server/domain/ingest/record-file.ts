import type { UploadCompleteRequest, UploadCompleteResponse } from '../../../shared/contracts/agent-api.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { splitStorePath } from '../../../shared/model/store-path.ts';
import type { Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { wholeFrames } from './channel-frames.ts';
import { announceDataset, settleState } from './dataset-changes.ts';
import type { ParsedTable } from './frame-entries.ts';
import { type DatasetRow, lockDataset, updateDataset } from './series.repository.ts';
import {
  type FileRow,
  type FrameContent,
  insertFile,
  insertFrames,
  markCompleted,
  overlapsStored,
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

/** Times of the agent on the server's clock. */
export function correctedStamps(stamps: UploadCompleteRequest['stamps']) {
  const corrected = (iso: string) => new Date(Date.parse(iso) + stamps.clockOffsetMs);
  return {
    sourceCreatedAt: corrected(stamps.createdAt),
    sourceSettledAt: corrected(stamps.settledAt),
    firstByteAt: corrected(stamps.firstPartSentAt),
  };
}

/** Throws CONFLICT when another file of the dataset has one of these frames. */
export async function refuseOverlap(
  tx: Transaction,
  dataset: DatasetRow,
  tables: readonly Pick<ParsedTable, 'channel' | 'firstFrame' | 'rows'>[],
  exceptFileId: string | null,
): Promise<void> {
  for (const table of tables) {
    if (await overlapsStored(tx, dataset, table, exceptFileId)) {
      throw new AppError(
        'CONFLICT',
        `Frames from ${table.firstFrame} of ${table.channel} are stored in another file already.`,
      );
    }
  }
}

/** Files that a master names and that had not come; one of them has now. */
function absentWithout({ absentFiles }: DatasetRow, file: FileRow): string[] {
  const names = [file.path, file.sourcePath ?? file.path];
  return absentFiles.filter(
    (absent) => !names.some((name) => name === absent || name.endsWith(`/${absent}`)),
  );
}

/**
 * What a file changes in its dataset: counts, master, state, and everybody is told. Call with the dataset locked.
 * @param framesBefore frames that the file counted for until now
 */
export async function countFile(
  tx: Transaction,
  ctx: ServiceContext,
  dataset: DatasetRow,
  file: FileRow,
  { framesBefore, framesNow, masks }: { framesBefore: number; framesNow: number; masks: DatasetRow['masks'] },
): Promise<void> {
  const changes = {
    framesStored: dataset.framesStored - framesBefore + framesNow,
    absentFiles: absentWithout(dataset, file),
    ...(file.kind === 'master' ? { masterFileId: file.id, masks } : {}),
  };
  await updateDataset(tx, dataset.id, changes);
  const changed = { ...dataset, ...changes };
  await announceDataset(tx, ctx, dataset.ending === null ? changed : await settleState(tx, changed));
}

/** Tells of new bytes under a path. Without an experiment only the instrument hears of it, and no name: others may stand there. */
export async function announceFile(tx: Transaction, ctx: ServiceContext, file: FileRow): Promise<void> {
  const { id: fileId, datasetId, sizeBytes } = file;
  if (file.experimentId === null) {
    const topics = [`instrument:${file.instrumentId}` as const];
    await publish(tx, ctx, { topics, kind: 'file.committed', data: { fileId, datasetId } });
    return;
  }
  await publish(tx, ctx, {
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
  });
}

/**
 * Records a file whose bytes have their name, with frames, custody and counts. Null, and nothing happens, when its dataset was given to
 * another experiment while the upload was being opened.
 */
export async function recordFile(
  tx: Transaction,
  ctx: ServiceContext,
  row: UploadRow,
  completion: Completion,
  storedAt: Date,
): Promise<UploadCompleteResponse | null> {
  const { input, tables } = completion;
  const dataset = row.datasetId === null ? null : (await lockDataset(tx, row.datasetId))!;
  if (dataset && dataset.experimentId !== row.experimentId) return null;
  if (dataset) await refuseOverlap(tx, dataset, tables, null);
  const file: FileRow = {
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
    ...correctedStamps(input.stamps),
    storedAt,
    committedAt: ctx.now(),
    version: 1,
    source: row.source,
    sourcePath: row.sourcePath,
    unassignedReason: row.unassignedReason,
  };
  await insertFile(tx, file);
  await markCompleted(tx, row.id, { parts: input.parts, fileId: file.id, completedAt: file.committedAt });
  if (dataset) {
    await insertFrames(tx, file.id, dataset.id, completion);
    const framesNow = wholeFrames(dataset, tables);
    await countFile(tx, ctx, dataset, file, { framesBefore: 0, framesNow, masks: input.masks });
  }
  await recordAudit(tx, ctx, {
    action: 'file.commit',
    entityKind: 'file',
    entityId: file.id,
    experimentId: file.experimentId,
    detail: { path: file.path, sizeBytes: file.sizeBytes, sha256: file.sha256 },
  });
  await announceFile(tx, ctx, file);
  return answerOf(file);
}
