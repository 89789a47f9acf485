import type {
  StoredPart,
  UploadOpenRequest,
  UploadOpenResponse,
} from '../../../shared/contracts/agent-api.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { assertStorePath, suffixedPath } from '../../../shared/model/store-path.ts';
import type { Database, Queryable } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ObjectStore } from '../../storage/object-store.port.ts';
import { type AgentPrincipal, requireAgent } from '../agents/agents.service.ts';
import type { ServiceContext } from '../context.ts';
import { type DatasetRow, experimentCode, findDataset } from './series.repository.ts';
import {
  deleteOpenUpload,
  findByClientIds,
  findUpload,
  insertUpload,
  isKeyTaken,
  openUploadsBefore,
  type UploadRow,
} from './upload.repository.ts';

export interface IngestDeps {
  db: Database;
  store: ObjectStore;
}

type OpenItem = UploadOpenRequest['uploads'][number];
type OpenedItem = UploadOpenResponse['uploads'][number];

const MAX_NAME_TRIES = 1000;

/** Where the bytes of a dataset lie: under the code of its experiment, or in a folder of their own in the unassigned tray. */
export function storeKeyPrefix(row: DatasetRow, code: string | null): string {
  return code ?? `_unassigned/${row.instrumentId}/${row.id}`;
}

async function signAll(
  store: ObjectStore,
  row: UploadRow,
  partNumbers: readonly number[],
): Promise<OpenedItem['signed']> {
  const upload = { key: row.storeKey, uploadRef: row.storeUploadRef, partBytes: row.partBytes };
  return Promise.all(
    partNumbers.map(async (partNumber) => {
      const { url, expiresAt } = await store.signPart({ ...upload, partNumber });
      return { partNumber, url, expiresAt: expiresAt.toISOString() };
    }),
  );
}

/** The upload, when it belongs to the agent's instrument: a HUB that was replaced finishes what its predecessor began. */
export async function requireUpload(
  q: Queryable,
  agent: AgentPrincipal,
  uploadId: string,
): Promise<{ row: UploadRow; dataset: DatasetRow }> {
  const row = await findUpload(q, uploadId);
  const dataset = row?.datasetId ? await findDataset(q, row.datasetId) : null;
  if (!row || dataset?.instrumentId !== agent.instrumentId) {
    throw new AppError('NOT_FOUND', 'There is no such upload.');
  }
  return { row, dataset };
}

/** Throws BAD_INPUT unless the path is safe and one that this dataset may have. */
function checkPath(item: OpenItem, row: DatasetRow): void {
  assertStorePath(item.path);
  if (item.kind === 'master' && item.path !== `${row.base}_master.h5`) {
    throw new AppError('BAD_INPUT', `The master of this dataset is ${row.base}_master.h5.`);
  }
  const rest = item.path.startsWith(`${row.base}_`) ? item.path.slice(row.base.length) : '';
  if (item.kind === 'data' && !/^_[^/]+$/.test(rest)) {
    throw new AppError('BAD_INPUT', `Data files of this dataset begin with ${row.base}_.`);
  }
}

async function openOne(
  { db, store }: IngestDeps,
  ctx: ServiceContext,
  agent: AgentPrincipal,
  item: OpenItem,
  dataset: DatasetRow,
  code: string | null,
): Promise<UploadRow> {
  checkPath(item, dataset);
  const prefix = storeKeyPrefix(dataset, code);
  for (let number = 1; number <= MAX_NAME_TRIES; number++) {
    const path = suffixedPath(item.path, number, { beforeExtension: true });
    const storeKey = `${prefix}/${path}`;
    if (await isKeyTaken(db, storeKey)) continue;
    const { uploadRef } = await store.openUpload({ key: storeKey, partBytes: item.partBytes });
    const row: UploadRow = {
      id: ctx.newId(),
      clientId: item.clientId,
      agentId: agent.agentId,
      datasetId: dataset.id,
      experimentId: dataset.experimentId,
      kind: item.kind,
      path,
      storeKey,
      storeUploadRef: uploadRef,
      partBytes: item.partBytes,
      state: 'open',
      parts: null,
      fileId: null,
      instrumentId: dataset.instrumentId,
      source: null,
      sourcePath: null,
      acquired: null,
      unassignedReason: null,
      replacesFileId: null,
      createdAt: ctx.now(),
      completedAt: null,
    };
    if (await insertUpload(db, row)) return row;
    // Another request took the name, or this very upload was opened beside us (an answer that came too late).
    await store.abortUpload({ key: storeKey, uploadRef });
    const [beside] = await findByClientIds(db, [item.clientId]);
    if (beside) return beside;
  }
  throw new AppError('CONFLICT', `No free name like ${item.path} was found.`);
}

/** Opens uploads in a batch; those the agent opened before are found by its client ids. Signs the parts asked for. */
export async function openUploads(
  deps: IngestDeps,
  ctx: ServiceContext,
  input: UploadOpenRequest,
): Promise<UploadOpenResponse> {
  const agent = requireAgent(ctx);
  const { db, store } = deps;
  const before = await findByClientIds(
    db,
    input.uploads.map((item) => item.clientId),
  );
  const known = new Map(before.map((row) => [row.clientId, row]));
  const datasets = new Map<string, { row: DatasetRow; code: string | null }>();
  const opened: OpenedItem[] = [];
  for (const item of input.uploads) {
    if (item.datasetId === null) {
      throw new AppError('BAD_INPUT', 'Only files of a dataset are taken: the upload names none.');
    }
    let dataset = datasets.get(item.datasetId);
    if (!dataset) {
      const row = await findDataset(db, item.datasetId);
      if (!row || row.instrumentId !== agent.instrumentId) {
        throw new AppError('NOT_FOUND', 'There is no such dataset.');
      }
      dataset = { row, code: await experimentCode(db, row.experimentId) };
      datasets.set(item.datasetId, dataset);
    }
    const row =
      known.get(item.clientId) ?? (await openOne(deps, ctx, agent, item, dataset.row, dataset.code));
    if (row.datasetId !== item.datasetId) {
      throw new AppError('CONFLICT', 'This client id belongs to another upload.');
    }
    opened.push({
      clientId: item.clientId,
      uploadId: row.id,
      path: row.path,
      state: row.state === 'completed' ? 'completed' : 'open',
      partCheck: 'crc32c',
      signed: row.state === 'open' ? await signAll(store, row, item.signParts) : [],
    });
  }
  return { uploads: opened };
}

/** Signs parts right before they are sent. Throws ALREADY_DONE once the upload is completed. */
export async function signParts(
  { db, store }: IngestDeps,
  ctx: ServiceContext,
  input: { uploadId: string; partNumbers: readonly number[] },
): Promise<{ signed: OpenedItem['signed'] }> {
  const { row } = await requireUpload(db, requireAgent(ctx), input.uploadId);
  if (row.state !== 'open') throw new AppError('ALREADY_DONE', `This upload is ${row.state}.`);
  return { signed: await signAll(store, row, input.partNumbers) };
}

/** What of an upload is stored: what an agent asks after a restart. */
export async function getUpload(
  { db, store }: IngestDeps,
  ctx: ServiceContext,
  input: { uploadId: string },
): Promise<{ uploadId: string; state: UploadRow['state']; parts: StoredPart[] }> {
  const { row } = await requireUpload(db, requireAgent(ctx), input.uploadId);
  const upload = { key: row.storeKey, uploadRef: row.storeUploadRef, partBytes: row.partBytes };
  const parts = row.state === 'open' ? await store.listParts(upload) : (row.parts ?? []);
  return { uploadId: row.id, state: row.state, parts };
}

/** Removes uploads that nobody completed since `before`, with their bytes; an agent that still wants one opens it anew. Returns how many. */
export async function abortStaleUploads(
  { db, store }: IngestDeps,
  ctx: ServiceContext,
  input: { before: Date; limit: number },
): Promise<number> {
  if (ctx.principal.kind !== 'system') throw new AppError('NOT_ALLOWED');
  let aborted = 0;
  for (const row of await openUploadsBefore(db, input.before, input.limit)) {
    const removed = await db.transaction(async (tx) => {
      if (!(await deleteOpenUpload(tx, row.id))) return false;
      await recordAudit(tx, ctx, {
        action: 'upload.abort',
        entityKind: 'upload',
        entityId: row.id,
        experimentId: row.experimentId,
        detail: { path: row.path },
      });
      return true;
    });
    if (!removed) continue;
    await store.abortUpload({ key: row.storeKey, uploadRef: row.storeUploadRef });
    aborted++;
  }
  return aborted;
}
