import type { AnnouncedPart, StoredPart, UploadOpenResponse } from '../../../shared/contracts/agent-api.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database, Queryable } from '../../db/client.ts';
import type { ObjectStore } from '../../storage/object-store.port.ts';
import { type AgentPrincipal, requireAgent } from '../agents/agent.policy.ts';
import type { ServiceContext } from '../context.ts';
import { type DatasetRow, findDatasets } from './series.repository.ts';
import { findUploads, type UploadRow } from './upload.repository.ts';

export interface IngestDeps {
  db: Database;
  store: ObjectStore;
}

export type OpenedUpload = UploadOpenResponse['uploads'][number];

/** Addresses for parts of an open upload, in the order asked for; with what is announced of them, if anything. */
export async function signAll(
  store: ObjectStore,
  row: UploadRow,
  partNumbers: readonly number[],
  announced: readonly AnnouncedPart[] = [],
): Promise<OpenedUpload['signed']> {
  const upload = { key: row.storeKey, uploadRef: row.storeUploadRef, partBytes: row.partBytes };
  return Promise.all(
    partNumbers.map(async (partNumber) => {
      const told = announced.find((part) => part.partNumber === partNumber);
      const { url, expiresAt, headers } = await store.signPart({
        ...upload,
        partNumber,
        ...(told === undefined ? {} : { announced: told }),
      });
      return { partNumber, url, expiresAt: expiresAt.toISOString(), headers };
    }),
  );
}

export interface UploadOfAgent {
  row: UploadRow;
  /** Null for a loose file. */
  dataset: DatasetRow | null;
}

/**
 * Those of these uploads that belong to the agent's instrument, by id: a HUB that was replaced finishes what its predecessor began.
 */
export async function uploadsOfAgent(
  q: Queryable,
  agent: AgentPrincipal,
  uploadIds: readonly string[],
): Promise<Map<string, UploadOfAgent>> {
  const rows = await findUploads(q, uploadIds);
  const datasets = await findDatasets(
    q,
    rows.map(({ datasetId }) => datasetId).filter((id) => id !== null),
  );
  const byId = new Map(datasets.map((dataset) => [dataset.id, dataset]));
  const found = rows.map((row) => ({ row, dataset: row.datasetId ? byId.get(row.datasetId)! : null }));
  const own = found.filter(
    ({ row, dataset }) => row.agentId !== null && (dataset ?? row).instrumentId === agent.instrumentId,
  );
  return new Map(own.map((one) => [one.row.id, one]));
}

export const noSuchUpload = () => new AppError('NOT_FOUND', 'There is no such upload.');

/** One of them. Throws NOT_FOUND. */
async function requireUpload(q: Queryable, agent: AgentPrincipal, uploadId: string): Promise<UploadOfAgent> {
  const upload = (await uploadsOfAgent(q, agent, [uploadId])).get(uploadId);
  if (!upload) throw noSuchUpload();
  return upload;
}

/** Signs parts right before they are sent. Throws ALREADY_DONE once the upload is completed. */
export async function signParts(
  { db, store }: IngestDeps,
  ctx: ServiceContext,
  input: { uploadId: string; partNumbers: readonly number[]; announced?: readonly AnnouncedPart[] },
): Promise<{ signed: OpenedUpload['signed'] }> {
  const { row } = await requireUpload(db, requireAgent(ctx), input.uploadId);
  if (row.state !== 'open') throw new AppError('ALREADY_DONE', `This upload is ${row.state}.`);
  return { signed: await signAll(store, row, input.partNumbers, input.announced) };
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
