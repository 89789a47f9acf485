import { AppError } from '../../../shared/errors/app-error.ts';
import { DELETION_GRACE_DAYS } from '../../../shared/model/deletion.ts';
import { isUuid } from '../../../shared/model/uuid.ts';
import type { ExperimentAction } from '../../../shared/permissions/permission-table.ts';
import type { Database, Queryable, Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import type { ObjectStore } from '../../storage/object-store.port.ts';
import type { ServiceContext } from '../context.ts';
import { requireExperiment } from '../experiments/experiment.policy.ts';
import { forgetEmptyFolders, lockChosen, lockFileById, lockPlaces } from './change-files.repository.ts';
import {
  countGone,
  type DeletionRow,
  dueDeletions,
  filesOfDeletion,
  findDeletion,
  inDeletions,
  insertDeletion,
  isBeingRewritten,
  keysOfFile,
  listDeletions,
  releaseFile,
  releaseFiles,
  removeFileRecords,
  setDeletion,
} from './deletion.repository.ts';
import type { FileRow } from './file.repository.ts';
import { requirePerson, requirePlace } from './person-place.ts';
import { tellAsked, tellDecided } from './tell-deletion.ts';

/*
 * Two steps: somebody asks, a Manager grants or declines. What is granted goes after `DELETION_GRACE_DAYS`, until when it is listed and read as before
 * and can be kept. Raw data and what datasets consist of never go this way.
 */
const DAY_MS = 24 * 3600 * 1000;
const MOST_FILES = 20_000;
const LISTED = 50;
const PAGE = 200;

export type DeletionView = Awaited<ReturnType<typeof listDeletions>>[number];

const announce = (q: Queryable, ctx: ServiceContext, experimentId: string) =>
  publish(q, ctx, {
    topics: [`experiment:${experimentId}`],
    kind: 'deletion.changed',
    data: { experimentId },
  });

const audited = (
  action: string,
  { id, experimentId, paths, files, sizeBytes, reason }: Omit<DeletionRow, 'filesGone'>,
) => ({
  ...{ action, entityKind: 'deletion', entityId: id, experimentId },
  detail: { paths, files, sizeBytes, reason },
});

/** Why a file does not go this way; null when it may. */
function heldBack({ path, kind, datasetId }: FileRow): string | null {
  if (datasetId === null || kind === 'result') return null;
  return `${path} belongs to a dataset, whose files stay together.`;
}

/** Asks for files, and folders with all below them, to be deleted. */
async function askDeletion(
  db: Database,
  ctx: ServiceContext,
  input: { experimentId: string; folders: readonly string[]; fileIds: readonly string[]; reason: string },
): Promise<{ deletionId: string; files: number; sizeBytes: number }> {
  const { id: experimentId } = await requireExperiment(db, ctx, input.experimentId, 'file.askDeletion');
  const askedBy = requirePerson(ctx);
  const reason = input.reason.trim();
  if (reason === '') throw new AppError('BAD_INPUT', 'Say why they may go.');
  const { folders } = input;
  for (const path of folders) requirePlace(path);
  return db.transaction(async (tx) => {
    await lockPlaces(tx, experimentId);
    const files = await lockChosen(tx, experimentId, input, MOST_FILES + 1);
    if (files.length > MOST_FILES) {
      throw new AppError(
        'TOO_LARGE',
        `These are more than ${MOST_FILES} files: ask for the folders in it one by one.`,
      );
    }
    if (files.length === 0) throw new AppError('NOT_FOUND', 'There is no file among them any more.');
    for (const { path } of files) requirePlace(path);
    const held = files.map(heldBack).find((why) => why !== null);
    if (held !== undefined) throw new AppError('CONFLICT', held);
    const ids = files.map(({ id }) => id);
    const [before] = await inDeletions(tx, ids);
    if (before !== undefined) {
      const path = files.find(({ id }) => id === before)?.path;
      throw new AppError('CONFLICT', `The deletion of ${path} was asked for already.`);
    }
    const single = files.filter(({ id }) => input.fileIds.includes(id)).map(({ path }) => path);
    const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
    const row = {
      ...{ id: ctx.newId(), experimentId, paths: [...folders, ...single], files: files.length, sizeBytes },
      ...{ state: 'asked' as const, reason, askedBy, askedAt: ctx.now() },
      ...{ decidedBy: null, decidedAt: null, goesAt: null, endedAt: null },
    };
    await insertDeletion(tx, row, files);
    await recordAudit(tx, ctx, audited('deletion.ask', row));
    await announce(tx, ctx, experimentId);
    await tellAsked(tx, ctx, row);
    return { deletionId: row.id, files: files.length, sizeBytes };
  });
}

/** The deletion, when the caller may do this in its experiment. Of one that is not theirs it is said that there is none. */
async function requireDeletion(
  q: Queryable,
  ctx: ServiceContext,
  deletionId: string,
  action: ExperimentAction,
): Promise<DeletionRow> {
  const hidden = new AppError('NOT_FOUND', 'There is no such request, or it is not yours to see.');
  const row = isUuid(deletionId) ? await findDeletion(q, deletionId) : null;
  if (!row) throw hidden;
  try {
    await requireExperiment(q, ctx, row.experimentId, action);
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') throw hidden;
    throw error;
  }
  return row;
}

async function end(
  tx: Transaction,
  ctx: ServiceContext,
  row: DeletionRow,
  state: 'withdrawn' | 'declined' | 'kept' | 'granted',
  changes: Partial<DeletionRow>,
): Promise<void> {
  if (!(await setDeletion(tx, row.id, state, changes))) {
    throw new AppError('CONFLICT', 'Somebody decided this in the meantime. Look at it again.');
  }
  if (state !== 'granted') await releaseFiles(tx, row.id);
  await recordAudit(tx, ctx, audited(`deletion.${state}`, row));
  await announce(tx, ctx, row.experimentId);
  if (state !== 'withdrawn') await tellDecided(tx, ctx, { ...row, ...changes, state });
}

/** Grants or declines what was asked for. */
async function decideDeletion(
  db: Database,
  ctx: ServiceContext,
  input: { deletionId: string; grant: boolean },
): Promise<{ goesAt: Date | null }> {
  const row = await requireDeletion(db, ctx, input.deletionId, 'file.grantDeletion');
  const now = ctx.now();
  const decided = { decidedBy: requirePerson(ctx), decidedAt: now };
  const goesAt = input.grant ? new Date(now.getTime() + DELETION_GRACE_DAYS * DAY_MS) : null;
  await db.transaction((tx) =>
    input.grant
      ? end(tx, ctx, row, 'granted', { ...decided, goesAt })
      : end(tx, ctx, row, 'declined', { ...decided, endedAt: now }),
  );
  return { goesAt };
}

/** Keeps what was to go: whoever asked takes the request back while it waits; a Manager changes their mind until the date. */
async function keepFiles(db: Database, ctx: ServiceContext, input: { deletionId: string }): Promise<void> {
  const row = await requireDeletion(db, ctx, input.deletionId, 'file.askDeletion');
  const isOwn = row.state === 'asked' && row.askedBy === requirePerson(ctx);
  if (!isOwn) await requireExperiment(db, ctx, row.experimentId, 'file.grantDeletion');
  // From its date on it may be going at this very moment.
  if (row.state === 'granted' && row.goesAt !== null && row.goesAt <= ctx.now()) {
    throw new AppError('CONFLICT', 'Its date has come: the files are being deleted.');
  }
  const state = row.state === 'asked' ? 'withdrawn' : 'kept';
  await db.transaction((tx) => end(tx, ctx, row, state, { endedAt: ctx.now() }));
}

/** What waits, what is to go and when, and what was decided lately. */
async function deletionsOf(
  db: Database,
  ctx: ServiceContext,
  input: { experimentId: string },
): Promise<DeletionView[]> {
  const { id } = await requireExperiment(db, ctx, input.experimentId, 'experiment.people');
  return listDeletions(db, id, LISTED);
}

/** One file goes: its bytes first, for a record without bytes is found and finished by the next try, bytes without a record by nobody. */
async function removeFile(
  tx: Transaction,
  store: ObjectStore,
  ctx: ServiceContext,
  deletionRow: DeletionRow,
  { fileId, version }: { fileId: string; version: number },
): Promise<boolean> {
  const row = await lockFileById(tx, fileId);
  const isSame =
    row !== null &&
    row.version === version &&
    row.experimentId === deletionRow.experimentId &&
    !row.path.startsWith('raw/');
  // Changed since, or just being changed: nobody asked for that to go.
  if (!isSame || heldBack(row) !== null || (await isBeingRewritten(tx, fileId))) {
    await releaseFile(tx, fileId);
    return false;
  }
  for (const key of await keysOfFile(tx, row)) await store.delete(key);
  await removeFileRecords(tx, fileId);
  await countGone(tx, deletionRow.id);
  const { path, sizeBytes, sha256, experimentId } = row;
  await recordAudit(tx, ctx, {
    ...{ action: 'file.delete', entityKind: 'file', entityId: fileId, experimentId },
    detail: { deletionId: deletionRow.id, path, sizeBytes, sha256, version },
  });
  return true;
}

/** Removes what was granted and whose date has come. May be cut short anywhere and called again. For the system only. */
async function removeGranted(
  { db, store }: { db: Database; store: ObjectStore },
  ctx: ServiceContext,
): Promise<{ files: number }> {
  if (ctx.principal.kind !== 'system') throw new AppError('NOT_ALLOWED');
  let files = 0;
  for (const due of await dueDeletions(db, ctx.now())) {
    for (;;) {
      const page = await filesOfDeletion(db, due.id, PAGE);
      for (const one of page) {
        if (await db.transaction((tx) => removeFile(tx, store, ctx, due, one))) files += 1;
      }
      if (page.length < PAGE) break;
    }
    await db.transaction(async (tx) => {
      if (!(await setDeletion(tx, due.id, 'done', { endedAt: ctx.now() }))) return;
      for (const path of due.paths) await forgetEmptyFolders(tx, due.experimentId, path);
      await recordAudit(tx, ctx, audited('deletion.done', due));
      await announce(tx, ctx, due.experimentId);
      await publish(tx, ctx, {
        topics: [`experiment:${due.experimentId}`],
        kind: 'folder.changed',
        data: { paths: [...new Set(due.paths.map((path) => path.replace(/\/[^/]*$/, '')))] },
      });
    });
  }
  return { files };
}

type AskDeletionInput = Parameters<typeof askDeletion>[2];

export function createDeletions({ db, store }: { db: Database; store: ObjectStore }) {
  return {
    askDeletion: (ctx: ServiceContext, input: AskDeletionInput) => askDeletion(db, ctx, input),
    decideDeletion: (ctx: ServiceContext, input: { deletionId: string; grant: boolean }) =>
      decideDeletion(db, ctx, input),
    keepFiles: (ctx: ServiceContext, input: { deletionId: string }) => keepFiles(db, ctx, input),
    deletionsOf: (ctx: ServiceContext, input: { experimentId: string }) => deletionsOf(db, ctx, input),
    removeGranted: (ctx: ServiceContext) => removeGranted({ db, store }, ctx),
  };
}
