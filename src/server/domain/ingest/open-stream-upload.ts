import type { z } from 'zod';
import type { uploadOpenItemSchema } from '../../../shared/contracts/agent-api.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { assertStorePath, suffixedPath } from '../../../shared/model/store-path.ts';
import type { Queryable } from '../../db/client.ts';
import type { AgentPrincipal } from '../agents/agent.policy.ts';
import type { ServiceContext } from '../context.ts';
import { requireFolderOf } from './place.ts';
import type { DatasetRow } from './series.repository.ts';
import {
  findByClientIds,
  formerBases,
  insertUpload,
  isKeyTaken,
  isPathTaken,
  type UploadRow,
} from './upload.repository.ts';
import type { IngestDeps } from './uploads.ts';

export type UploadItem = z.infer<typeof uploadOpenItemSchema>;

const MAX_NAME_TRIES = 1000;

/** Where the bytes of a dataset lie: under the code of its experiment, or in a folder of their own in the unassigned tray. */
export function storeKeyPrefix(row: Pick<DatasetRow, 'id' | 'instrumentId'>, code: string | null): string {
  return code ?? `_unassigned/${row.instrumentId}/${row.id}`;
}

/** Throws BAD_INPUT unless the path is safe and one that this dataset may have. */
function checkPath(item: UploadItem, row: DatasetRow): void {
  assertStorePath(item.path);
  if (item.kind === 'master' && item.path !== `${row.base}_master.h5`) {
    throw new AppError('BAD_INPUT', `The master of this dataset is ${row.base}_master.h5.`);
  }
  const rest = item.path.startsWith(`${row.base}_`) ? item.path.slice(row.base.length) : '';
  if (item.kind === 'data' && !/^_[^/]+$/.test(rest)) {
    throw new AppError('BAD_INPUT', `Data files of this dataset begin with ${row.base}_.`);
  }
}

/**
 * The path as it is now: an agent that was not told goes on naming files after the base its dataset had before it was given to another
 * experiment.
 */
async function currentPath(q: Queryable, path: string, row: DatasetRow): Promise<string> {
  if (path.startsWith(`${row.base}_`)) return path;
  const former = (await formerBases(q, row.id)).find((base) => path.startsWith(`${base}_`));
  return former === undefined ? path : `${row.base}${path.slice(former.length)}`;
}

/** An open upload as it begins; `changes` say whose it is and where it goes. */
export function newUpload(
  ctx: ServiceContext,
  agent: AgentPrincipal,
  item: UploadItem,
  changes: Partial<UploadRow> & Pick<UploadRow, 'path' | 'storeKey' | 'storeUploadRef'>,
): UploadRow {
  return {
    id: ctx.newId(),
    clientId: item.clientId,
    agentId: agent.agentId,
    personId: null,
    fingerprint: null,
    datasetId: null,
    experimentId: null,
    kind: item.kind,
    partBytes: item.partBytes,
    state: 'open',
    parts: null,
    fileId: null,
    instrumentId: agent.instrumentId,
    source: null,
    sourcePath: null,
    acquired: null,
    unassignedReason: null,
    replacesFileId: null,
    createdAt: ctx.now(),
    completedAt: null,
    ...changes,
  };
}

/** Opens the upload of a file that an agent writes itself, under the name the agent gave it or the first free one like it. */
export async function openStreamUpload(
  { db, store }: IngestDeps,
  ctx: ServiceContext,
  agent: AgentPrincipal,
  item: UploadItem,
  dataset: DatasetRow,
  code: string | null,
): Promise<UploadRow> {
  const wanted = await currentPath(db, item.path, dataset);
  checkPath({ ...item, path: wanted }, dataset);
  requireFolderOf(agent, wanted);
  const prefix = storeKeyPrefix(dataset, code);
  for (let number = 1; number <= MAX_NAME_TRIES; number++) {
    const path = suffixedPath(wanted, number, { beforeExtension: true });
    const storeKey = `${prefix}/${path}`;
    if (await isKeyTaken(db, storeKey)) continue;
    if (await isPathTaken(db, dataset.experimentId, path)) continue;
    const { uploadRef } = await store.openUpload({ key: storeKey, partBytes: item.partBytes });
    const row = newUpload(ctx, agent, item, {
      datasetId: dataset.id,
      experimentId: dataset.experimentId,
      path,
      storeKey,
      storeUploadRef: uploadRef,
    });
    if (await insertUpload(db, row)) return row;
    // Another request took the name, or this very upload was opened beside us (an answer that came too late).
    await store.abortUpload({ key: storeKey, uploadRef });
    const [beside] = await findByClientIds(db, [item.clientId]);
    if (beside) return beside;
  }
  throw new AppError('CONFLICT', `No free name like ${item.path} was found.`);
}
