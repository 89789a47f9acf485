import type { UploadOpenRequest, UploadOpenResponse } from '../../../shared/contracts/agent-api.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Queryable } from '../../db/client.ts';
import type { ObjectStore } from '../../storage/object-store.port.ts';
import { type AgentPrincipal, requireAgent } from '../agents/agent.policy.ts';
import type { ServiceContext } from '../context.ts';
import { abortUpload } from './abort-upload.ts';
import { isFileItem, openFileUploads } from './open-file-uploads.ts';
import { openStreamUpload, type UploadItem } from './open-stream-upload.ts';
import { type DatasetRow, findDatasets } from './series.repository.ts';
import { experimentCodes } from './source.repository.ts';
import { findByClientIds, type UploadRow } from './upload.repository.ts';
import { type IngestDeps, type OpenedUpload, signAll } from './uploads.ts';

/** Opened for bytes that were stored before: a row without parts of its own. */
const isKnown = (row: UploadRow) => row.state === 'completed' && row.parts === null;

async function datasetsOf(
  q: Queryable,
  agent: AgentPrincipal,
  items: readonly UploadItem[],
): Promise<Map<string, DatasetRow>> {
  const ids = new Set(items.map(({ datasetId }) => datasetId).filter((id) => id !== null));
  const rows = await findDatasets(q, [...ids]);
  const own = rows.filter(({ instrumentId }) => instrumentId === agent.instrumentId);
  if (own.length < ids.size) throw new AppError('NOT_FOUND', 'There is no such dataset.');
  return new Map(own.map((row) => [row.id, row]));
}

function answerOf(
  row: UploadRow,
  code: string | null,
  signed: OpenedUpload['signed'],
  partCheck: OpenedUpload['partCheck'],
): UploadOpenResponse['uploads'][number] {
  return {
    clientId: row.clientId,
    uploadId: row.id,
    path: row.path,
    state: isKnown(row) ? 'known' : row.state === 'completed' ? 'completed' : 'open',
    partCheck,
    signed,
    experimentCode: row.datasetId === null ? code : null,
    unassignedReason: row.datasetId === null ? row.unassignedReason : null,
  };
}

/** Those that the store still has. One that it lost, with its power right after it was opened, is forgotten: so it is opened anew. */
async function withoutLost(
  deps: IngestDeps,
  ctx: ServiceContext,
  rows: readonly UploadRow[],
): Promise<UploadRow[]> {
  const known = rows.map(async (row) => {
    if (row.state !== 'open' || !(await isLost(deps.store, row))) return row;
    await abortUpload(deps, ctx, row);
    return null;
  });
  return (await Promise.all(known)).filter((row) => row !== null);
}

async function isLost(store: ObjectStore, { storeKey, storeUploadRef, partBytes }: UploadRow) {
  try {
    await store.listParts({ key: storeKey, uploadRef: storeUploadRef, partBytes });
    return false;
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return true;
    throw error;
  }
}

/**
 * Opens uploads in a batch; those the agent opened before are found by its client ids. Signs the parts asked for. Throws for the whole
 * batch when one of it is refused; what was opened by then is found again.
 */
export async function openUploads(
  deps: IngestDeps,
  ctx: ServiceContext,
  input: UploadOpenRequest,
): Promise<UploadOpenResponse> {
  const agent = requireAgent(ctx);
  const { db, store } = deps;
  // Fields with a default may be missing where the request did not come through the schema.
  const items = input.uploads.map(
    (item): UploadItem => ({ ...item, origin: item.origin ?? null, announced: item.announced ?? [] }),
  );
  const before = await withoutLost(
    deps,
    ctx,
    await findByClientIds(
      db,
      items.map((item) => item.clientId),
    ),
  );
  const rows = new Map(before.map((row) => [row.clientId, row]));
  const datasets = await datasetsOf(db, agent, items);
  const codes = await experimentCodes(
    db,
    [...datasets.values()].map(({ experimentId }) => experimentId),
  );
  const fresh = items.filter(({ clientId }) => !rows.has(clientId));
  for (const item of fresh.filter((one) => !isFileItem(one))) {
    const dataset = item.datasetId === null ? undefined : datasets.get(item.datasetId);
    if (!dataset) {
      throw new AppError('BAD_INPUT', 'The upload names neither a dataset nor where its file comes from.');
    }
    const code = codes.get(dataset.experimentId) ?? null;
    rows.set(item.clientId, await openStreamUpload(deps, ctx, agent, item, dataset, code));
  }
  for (const row of await openFileUploads(deps, ctx, agent, fresh.filter(isFileItem), datasets)) {
    rows.set(row.clientId, row);
  }
  for (const item of items) {
    const row = rows.get(item.clientId)!;
    const sameDataset = row.datasetId === item.datasetId || item.origin !== null;
    if (!sameDataset || (row.instrumentId !== null && row.instrumentId !== agent.instrumentId)) {
      throw new AppError('CONFLICT', 'This client id belongs to another upload.');
    }
  }
  // Only for files without a dataset the answer says whose they are.
  const looseCodes = await experimentCodes(
    db,
    [...rows.values()].filter(({ datasetId }) => datasetId === null).map(({ experimentId }) => experimentId),
  );
  const partCheck = await store.partCheck();
  return {
    uploads: await Promise.all(
      items.map(async ({ clientId, signParts, announced }) => {
        const row = rows.get(clientId)!;
        // Where parts are announced, an address is asked for when the part is known, which of small files is now.
        const early = partCheck === 'crc32c' ? signParts : announced.map(({ partNumber }) => partNumber);
        const signed = row.state === 'open' ? await signAll(store, row, early, announced) : [];
        return answerOf(row, looseCodes.get(row.experimentId) ?? null, signed, partCheck);
      }),
    ),
  };
}
