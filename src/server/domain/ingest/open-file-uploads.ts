import type { Acquired, FileOrigin } from '../../../shared/contracts/agent-files.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { splitStorePath } from '../../../shared/model/store-path.ts';
import { marginOf } from '../../../shared/model/whose-data.ts';
import type { Queryable } from '../../db/client.ts';
import type { AgentPrincipal } from '../agents/agent.policy.ts';
import type { ServiceContext } from '../context.ts';
import { abortUpload } from './abort-upload.ts';
import { pathInDataset } from './dataset-paths.ts';
import { freePaths, type WantedPath } from './free-paths.ts';
import { newUpload, storeKeyPrefix, type UploadItem } from './open-stream-upload.ts';
import { placeFor, placesOf, storablePath } from './place.ts';
import { type DatasetRow, findDatasets } from './series.repository.ts';
import { experimentCodes, filesFromSource, uploadsWithFiles } from './source.repository.ts';
import {
  type FileRow,
  findByClientIds,
  insertUploads,
  isBeingMoved,
  type UploadRow,
} from './upload.repository.ts';
import type { IngestDeps } from './uploads.ts';
import { type JudgedFile, judgeFiles, onlyExperimentSince, perhapsOfFormer, timesOf } from './whose.ts';

export type FileItem = UploadItem & { origin: FileOrigin };
export const isFileItem = (item: UploadItem): item is FileItem => item.origin !== null;

const MAX_TRIES = 20;

/** What tells a file of a source from the others: its path as it is on that machine. */
export const sourcePathOf = (origin: FileOrigin): string => origin.originalPath ?? origin.relativePath;

/** An upload that makes a new file: all but its free path is known. */
interface NewFile extends WantedPath {
  row: UploadRow;
  sizeBytes: number;
}

function fromSource(item: FileItem): Pick<UploadRow, 'source' | 'sourcePath' | 'acquired'> {
  const { origin } = item;
  return { source: origin.source, sourcePath: sourcePathOf(origin), acquired: origin.acquired };
}

const isSameFile = (row: { source: string | null; sourcePath: string | null }, { origin }: FileItem) =>
  row.source === origin.source && row.sourcePath === sourcePathOf(origin);

/** Nothing is sent: the very bytes of this source are stored. The agent's id stands for them from now on. */
function knownRow(ctx: ServiceContext, agent: AgentPrincipal, item: FileItem, file: FileRow): UploadRow {
  const { path, storeKey, experimentId, datasetId, unassignedReason } = file;
  const changes = { path, storeKey, experimentId, datasetId, unassignedReason, storeUploadRef: '' };
  return newUpload(ctx, agent, item, {
    ...changes,
    ...fromSource(item),
    state: 'completed',
    fileId: file.id,
    replacesFileId: file.id,
    completedAt: ctx.now(),
  });
}

async function versionRow(
  { store }: IngestDeps,
  ctx: ServiceContext,
  agent: AgentPrincipal,
  item: FileItem,
  file: FileRow,
): Promise<UploadRow> {
  const { path, storeKey, experimentId, unassignedReason } = file;
  const { uploadRef } = await store.openUpload({
    key: storeKey,
    partBytes: item.partBytes,
    sizeBytes: item.origin.sizeBytes,
  });
  return newUpload(ctx, agent, item, {
    ...{ path, storeKey, experimentId, unassignedReason, storeUploadRef: uploadRef },
    ...fromSource(item),
    datasetId: file.datasetId ?? item.datasetId,
    replacesFileId: file.id,
  });
}

/** A file without a dataset, and whose it is. */
interface LooseFile {
  item: FileItem;
  whose: JudgedFile;
}

/** Files without a dataset get the path their source's destination gives them. */
async function planLoose(
  q: Queryable,
  ctx: ServiceContext,
  agent: AgentPrincipal,
  files: readonly LooseFile[],
): Promise<NewFile[]> {
  if (files.length === 0) return [];
  const codes = await experimentCodes(
    q,
    files.map(({ whose }) => whose.experimentId),
  );
  const places = await placesOf(q, agent);
  return files.map(({ item, whose: { experimentId, unassignedReason, at } }) => {
    const { source, relativePath } = item.origin;
    const code = codes.get(experimentId) ?? null;
    const values = { at, experiment: code ?? '', path: relativePath };
    const { name } = splitStorePath(relativePath);
    const path = placeFor(places, agent, { name: source, kind: 'folder' }, values, name);
    const row = newUpload(ctx, agent, item, {
      ...{ path, storeKey: '', storeUploadRef: '', experimentId, unassignedReason, kind: 'other' },
      ...fromSource(item),
    });
    const keyPrefix = code ?? `_unassigned/${agent.instrumentId}/files/${row.id}`;
    return { path: storablePath(path), keyPrefix, experimentId, row, sizeBytes: item.origin.sizeBytes };
  });
}

function planOfDataset(
  ctx: ServiceContext,
  agent: AgentPrincipal,
  item: FileItem,
  dataset: DatasetRow,
  code: string | null,
): NewFile {
  const path = storablePath(pathInDataset(dataset, item.origin.relativePath));
  const { experimentId } = dataset;
  const row = newUpload(ctx, agent, item, {
    ...{ path, storeKey: '', storeUploadRef: '', experimentId, datasetId: dataset.id },
    ...fromSource(item),
  });
  const keyPrefix = storeKeyPrefix(dataset, code);
  return { path, keyPrefix, experimentId, row, sizeBytes: item.origin.sizeBytes };
}

/** An upload that takes the place of one that was not finished: same owner, same name. */
function inPlaceOf(ctx: ServiceContext, agent: AgentPrincipal, item: FileItem, before: UploadRow): NewFile {
  const { path, experimentId, datasetId, unassignedReason, kind } = before;
  const row = newUpload(ctx, agent, item, {
    ...{ path, experimentId, datasetId, unassignedReason, kind, storeKey: '', storeUploadRef: '' },
    ...fromSource(item),
  });
  const keyPrefix = before.storeKey.slice(0, -path.length - 1);
  return { path, keyPrefix, experimentId, row, sizeBytes: item.origin.sizeBytes };
}

/** Inserts rows; `rest` are those whose client id or key was taken meanwhile, and what was opened for them is given up. */
async function insertOpened(
  { db, store }: IngestDeps,
  rows: readonly UploadRow[],
): Promise<{ found: UploadRow[]; rest: UploadRow[] }> {
  if (rows.length === 0) return { found: [], rest: [] };
  const inserted = new Set(await insertUploads(db, rows));
  const refused = rows.filter(({ id }) => !inserted.has(id));
  for (const { storeKey, storeUploadRef } of refused) {
    if (storeUploadRef !== '') await store.abortUpload({ key: storeKey, uploadRef: storeUploadRef });
  }
  const beside = await findByClientIds(
    db,
    refused.map(({ clientId }) => clientId),
  );
  const known = new Set(beside.map(({ clientId }) => clientId));
  return {
    found: [...rows.filter(({ id }) => inserted.has(id)), ...beside],
    rest: refused.filter(({ clientId }) => !known.has(clientId)),
  };
}

/** Keys under which something lies that no record knows, such as what a job left in the tree: an upload could never take its name. */
async function unrecorded(
  { store }: IngestDeps,
  keys: readonly string[],
  files: readonly NewFile[],
): Promise<string[]> {
  const isTaken = await Promise.all(
    files.map(({ row: { partBytes }, sizeBytes }, index) =>
      store.isTaken({ key: keys[index]!, partBytes, sizeBytes }),
    ),
  );
  return keys.filter((_, index) => isTaken[index]);
}

/** Gives new files their paths and opens them; what another request opened beside is returned as it is. */
async function openNew(deps: IngestDeps, planned: readonly NewFile[]): Promise<UploadRow[]> {
  const opened: UploadRow[] = [];
  const barred = new Set<string>();
  let waiting = planned;
  for (let tries = 0; waiting.length > 0; tries++) {
    if (tries === MAX_TRIES) {
      throw new AppError('CONFLICT', `No free name like ${waiting[0]!.path} was found.`);
    }
    const paths = await freePaths(deps.db, waiting, barred);
    const keys = waiting.map(({ keyPrefix }, index) => `${keyPrefix}/${paths[index]}`);
    const there = await unrecorded(deps, keys, waiting);
    for (const key of there) barred.add(key);
    if (there.length > 0) continue;
    const rows = await Promise.all(
      waiting.map(async ({ row, sizeBytes }, index): Promise<UploadRow> => {
        const storeKey = keys[index]!;
        const { partBytes } = row;
        const { uploadRef } = await deps.store.openUpload({
          ...{ key: storeKey, partBytes, sizeBytes },
          isNew: true,
        });
        return { ...row, path: paths[index]!, storeKey, storeUploadRef: uploadRef };
      }),
    );
    const { found, rest } = await insertOpened(deps, rows);
    opened.push(...found);
    const again = new Set(rest.map(({ id }) => id));
    waiting = waiting.filter(({ row }) => again.has(row.id));
  }
  return opened;
}

interface Former {
  upload: UploadRow;
  file: FileRow | null;
}

/** What is decided about an item before anything is opened. */
interface ItemFacts {
  item: FileItem;
  whose: JudgedFile;
  /** What it rewrites: content of the same acquisition, so of the same owner. */
  former: Former | null;
  /** The dataset it becomes part of as a new file. */
  datasetId: string | null;
  /** The very bytes, stored before for the same owner. */
  same: FileRow | null;
}

const datasetIdOf = ({ upload, file }: Former): string | null => file?.datasetId ?? upload.datasetId;

/** A file of a dataset was acquired when that began. */
function atStartOf({ startedAt }: DatasetRow): Acquired {
  const at = startedAt.toISOString();
  return {
    ...{ seenAt: at, watchedSince: at, appearedAt: at, modifiedAt: at },
    ...{ clockOffsetMs: 0, clockDoubtMs: 0 },
  };
}

/** The same bytes, written again after they had been stored once, are another acquisition: a dark series, say. */
function isWrittenSince({ origin: { acquired } }: FileItem, { sourceSettledAt }: FileRow): boolean {
  const { modifiedAt } = timesOf(acquired);
  if (sourceSettledAt === null) return false;
  return modifiedAt.getTime() > sourceSettledAt.getTime() + marginOf(acquired.clockDoubtMs);
}

/** Whose each item is, and what of it is there already. */
async function factsOf(
  { db }: IngestDeps,
  ctx: ServiceContext,
  agent: AgentPrincipal,
  items: readonly FileItem[],
): Promise<ItemFacts[]> {
  const origins = items.map(({ origin }) => ({ source: origin.source, sourcePath: sourcePathOf(origin) }));
  const stored = await filesFromSource(db, agent.instrumentId, origins);
  const replaced = items.map(({ origin }) => origin.replaces).filter((id) => id !== null);
  const byClient = new Map((await uploadsWithFiles(db, replaced)).map((one) => [one.upload.clientId, one]));
  const formers = items.map((item): Former | null => {
    const former = item.origin.replaces === null ? undefined : byClient.get(item.origin.replaces);
    const isOwn = former?.upload.instrumentId === agent.instrumentId && isSameFile(former.upload, item);
    return isOwn ? former : null;
  });
  const judge = (acquired: readonly Acquired[]) => judgeFiles(db, ctx, agent, acquired);
  const judged = await judge(items.map(({ origin }) => origin.acquired));
  const now = judged.map((whose, index) => {
    const { perhapsOf } = items[index]!.origin;
    return perhapsOf === undefined ? whose : { ...whose, ...perhapsOfFormer(perhapsOf) };
  });
  const formerIds = new Set(formers.map((one) => one && datasetIdOf(one)).filter((id) => id !== null));
  const datasets = new Map((await findDatasets(db, [...formerIds])).map((row) => [row.id, row]));
  const formerTimes = formers.map((one, index): Acquired => {
    const dataset = one === null ? undefined : datasets.get(datasetIdOf(one) ?? '');
    return dataset ? atStartOf(dataset) : (one?.upload.acquired ?? items[index]!.origin.acquired);
  });
  // Judged as it was then: staff may have given it to another experiment since, and its rewrites go with it.
  const then = formers.some((one) => one !== null) ? await judge(formerTimes) : now;
  /** Where nothing says when it was rewritten, it is sure all the same while nobody else was active in between. */
  const isSameOwner = async (whose: JudgedFile, before: JudgedFile, former: Former): Promise<boolean> => {
    const owner = (former.file ?? former.upload).experimentId;
    const expected = before.experimentId ?? owner;
    if (whose.experimentId !== null || owner === null) return whose.experimentId === expected;
    return (await onlyExperimentSince(db, ctx, agent, before.at)) === expected;
  };
  const facts: ItemFacts[] = [];
  for (const [index, item] of items.entries()) {
    const [whose, former] = [now[index]!, formers[index]!];
    const formerDataset = former === null ? undefined : datasets.get(datasetIdOf(former) ?? '');
    const isOfFormer = formerDataset !== undefined && formerDataset.id === item.datasetId;
    const isOfAnother = formerDataset !== undefined && item.datasetId !== null && !isOfFormer;
    // While a series goes on, its agent knows what belongs to it, also over a switch.
    const isGoingOn = isOfFormer && formerDataset.ending === null;
    const isRewrite =
      former !== null && !isOfAnother && (isGoingOn || (await isSameOwner(whose, then[index]!, former)));
    // What was written over the file of a dataset that had ended, and is another experiment's, has no place in that dataset.
    const datasetId = isOfFormer && !isRewrite ? null : item.datasetId;
    const isThere = (file: FileRow) => {
      if (file.id === former?.file?.id) return isRewrite;
      if (file.datasetId !== null && file.datasetId !== datasetId && isWrittenSince(item, file)) return false;
      const isOfDataset = datasetId !== null && file.datasetId === datasetId;
      const isLoose = datasetId === null || file.datasetId === null;
      return isOfDataset || (isLoose && file.experimentId === whose.experimentId);
    };
    const same = stored.find(
      (file) =>
        isSameFile(file, item) &&
        file.sha256 === item.origin.sha256 &&
        file.sizeBytes === item.origin.sizeBytes &&
        isThere(file),
    );
    facts.push({ item, whose, former: isRewrite ? former : null, datasetId, same: same ?? null });
  }
  return facts;
}

/** Asked again a little later: what a request needs is changing at this moment. */
const notNow = (message: string) => new AppError('UNAVAILABLE', { message, retryAfterS: 2 });

/**
 * Opens uploads of files that other programs wrote, none of which has been opened before. Bytes that the same source brought under the same
 * path are known. A rewrite of a stored file becomes its next version; a rewrite of one whose upload was not finished takes its
 * place. Everything else, also a rewrite that belongs to another experiment or dataset than what it overwrote, is a new file: of a
 * dataset, or of the experiment that `whoseFile` says.
 */
export async function openFileUploads(
  deps: IngestDeps,
  ctx: ServiceContext,
  agent: AgentPrincipal,
  items: readonly FileItem[],
  datasets: ReadonlyMap<string, DatasetRow>,
): Promise<UploadRow[]> {
  if (items.length === 0) return [];
  const { db } = deps;
  const codes = await experimentCodes(
    db,
    [...datasets.values()].map(({ experimentId }) => experimentId),
  );
  const rows: UploadRow[] = [];
  const planned: NewFile[] = [];
  const loose: LooseFile[] = [];
  for (const { item, whose, former, datasetId, same } of await factsOf(deps, ctx, agent, items)) {
    if (same) rows.push(knownRow(ctx, agent, item, same));
    else if (former?.file) {
      // A rewrite of a rewrite that was not finished.
      if (former.upload.state === 'open') await abortUpload(deps, ctx, former.upload);
      rows.push(await versionRow(deps, ctx, agent, item, former.file));
    } else if (former) {
      if (!(await abortUpload(deps, ctx, former.upload, { withNamed: true }))) {
        throw notNow('The upload it replaces is just ending.');
      }
      planned.push(inPlaceOf(ctx, agent, item, former.upload));
    } else if (datasetId !== null) {
      const dataset = datasets.get(datasetId)!;
      planned.push(planOfDataset(ctx, agent, item, dataset, codes.get(dataset.experimentId) ?? null));
    } else loose.push({ item, whose });
  }
  planned.push(...(await planLoose(db, ctx, agent, loose)));
  const fileIds = rows.filter(({ fileId }) => fileId === null).map((row) => row.replacesFileId!);
  if (await isBeingMoved(db, { datasetIds: [...datasets.keys()], fileIds })) {
    throw notNow('The data are being moved to another experiment.');
  }
  // Nothing of these can be taken but their client ids.
  const { found } = await insertOpened(deps, rows);
  return [...found, ...(await openNew(deps, planned))];
}
