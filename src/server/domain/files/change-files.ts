import { AppError } from '../../../shared/errors/app-error.ts';
import { splitStorePath } from '../../../shared/model/store-path.ts';
import type { Database, Queryable } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import {
  enqueuePlacing,
  forgetEmptyFolders,
  insertFolder,
  isChangingHands,
  keysOfOpenUploads,
  lockChosen,
  lockPlaces,
  moveMadeFolders,
  noteFormerPlaces,
  setPaths,
} from './change-files.repository.ts';
import type { FileRow } from './file.repository.ts';
import { requireOpenExperiment, requirePerson, requirePlace, standingAt } from './person-place.ts';

/** Files that one change may touch: they change in one transaction. */
const MOST_FILES = 20_000;

/** Tells pages that folders list other things now. */
const announceFolders = (q: Queryable, ctx: ServiceContext, experimentId: string, paths: readonly string[]) =>
  publish(q, ctx, {
    topics: [`experiment:${experimentId}`],
    kind: 'folder.changed',
    data: { paths: [...new Set(paths)] },
  });

/** Makes a folder, which is there from then on though nothing lies in it. CONFLICT when something has its name. */
export async function makeFolder(
  db: Database,
  ctx: ServiceContext,
  input: { experimentId: string; path: string },
): Promise<{ path: string }> {
  const { id: experimentId } = await requireOpenExperiment(db, ctx, input.experimentId);
  const madeBy = requirePerson(ctx);
  const { path } = input;
  requirePlace(path);
  await db.transaction(async (tx) => {
    await lockPlaces(tx, experimentId);
    await requireFree(tx, experimentId, [path]);
    await insertFolder(tx, { experimentId, path, madeBy, madeAt: ctx.now() });
    await recordAudit(tx, ctx, {
      ...{ action: 'folder.make', entityKind: 'folder', entityId: null, experimentId, detail: { path } },
    });
    await announceFolders(tx, ctx, experimentId, [splitStorePath(path).parent]);
  });
  return { path };
}

/** Takes away a folder with nothing but empty folders in it. CONFLICT when there is a file. */
export async function removeEmptyFolder(
  db: Database,
  ctx: ServiceContext,
  input: { experimentId: string; path: string },
): Promise<void> {
  const { id: experimentId } = await requireOpenExperiment(db, ctx, input.experimentId);
  const { path } = input;
  requirePlace(path);
  await db.transaction(async (tx) => {
    await lockPlaces(tx, experimentId);
    const [file] = await lockChosen(tx, experimentId, { folders: [path], fileIds: [] }, 1);
    if (file) throw new AppError('CONFLICT', `${path} is not empty: ${file.path} lies in it.`);
    if ((await forgetEmptyFolders(tx, experimentId, path)) === 0) {
      throw new AppError('NOT_FOUND', `There is no folder ${path} any more.`);
    }
    await recordAudit(tx, ctx, {
      ...{ action: 'folder.remove', entityKind: 'folder', entityId: null, experimentId, detail: { path } },
    });
    await announceFolders(tx, ctx, experimentId, [splitStorePath(path).parent]);
  });
}

async function requireFree(q: Queryable, experimentId: string, paths: readonly string[]): Promise<void> {
  const { files, folders, fileAbove } = await standingAt(q, experimentId, paths);
  for (const path of paths) {
    const above = fileAbove(path);
    if (above !== undefined) throw new AppError('CONFLICT', `${above} is a file: nothing can lie in it.`);
    if (!files.has(path) && !folders.has(path)) continue;
    const what = files.has(path) ? 'file' : 'folder';
    throw new AppError('CONFLICT', `A ${what} ${path} is there already. Choose another name.`);
  }
}

/** What stays where it is, and why, in a sentence; null for what people may move. */
function heldBack({ path, kind, datasetId }: FileRow): string | null {
  if (datasetId !== null && kind !== 'result')
    return `${path} belongs to a dataset, whose files stay together.`;
  if (kind === 'result') {
    return `${path} was written by a job, which shows it from there: results stay where they are.`;
  }
  return null;
}

export interface MoveInput {
  experimentId: string;
  folders: readonly string[];
  fileIds: readonly string[];
  /** The folder they go to. */
  to: string;
  /** With a single entry: its name there. */
  name?: string | undefined;
}

/** A file or folder with its place before and after. */
interface Step {
  from: string;
  path: string;
}

/**
 * Renames or moves files and folders outside raw. Their paths change at once, for all of them or none; their bytes follow (`place-files`), second key
 * before the first goes. What jobs and datasets consist of stays where it is.
 */
export async function moveFiles(
  db: Database,
  ctx: ServiceContext,
  input: MoveInput,
): Promise<{ moved: Step[]; files: number }> {
  const { id: experimentId, code } = await requireOpenExperiment(db, ctx, input.experimentId);
  const { folders, to, name } = input;
  for (const path of folders) requirePlace(path);
  if (folders.length + input.fileIds.length === 0) throw new AppError('BAD_INPUT', 'Name files or folders.');
  if (name !== undefined && folders.length + input.fileIds.length > 1) {
    throw new AppError('BAD_INPUT', 'Only one file or folder at a time gets a name.');
  }
  if (name?.includes('/')) throw new AppError('BAD_INPUT', 'A name holds no slash.');
  const within = folders.find((path) => to === path || to.startsWith(`${path}/`));
  if (within !== undefined) throw new AppError('BAD_INPUT', `${within} cannot be moved into itself.`);
  const nested = folders.find((path) => folders.some((other) => path.startsWith(`${other}/`)));
  if (nested !== undefined)
    throw new AppError('BAD_INPUT', `${nested} lies in another folder that is moved too.`);
  return db.transaction(async (tx) => {
    await lockPlaces(tx, experimentId);
    const files = await lockChosen(tx, experimentId, input, MOST_FILES + 1);
    if (files.length > MOST_FILES) {
      throw new AppError(
        'TOO_LARGE',
        `These are more than ${MOST_FILES} files: move the folders in it one by one.`,
      );
    }
    const single = new Map(files.map((file) => [file.id, file]));
    if (input.fileIds.some((id) => !single.has(id))) {
      throw new AppError('NOT_FOUND', 'One of the files is not there any more. Look at the folder again.');
    }
    const { folders: standing } = await standingAt(tx, experimentId, folders);
    const gone = folders.find((path) => !standing.has(path));
    if (gone !== undefined) throw new AppError('NOT_FOUND', `There is no folder ${gone} any more.`);
    for (const { path } of files) requirePlace(path);
    const held = files.map(heldBack).filter((why) => why !== null);
    if (held.length > 0) {
      const more = held.length > 1 ? ` So do ${held.length - 1} more of them.` : '';
      throw new AppError('CONFLICT', `${held[0]}${more}`);
    }
    const place = (from: string): Step => ({ from, path: `${to}/${name ?? splitStorePath(from).name}` });
    const folderSteps = folders.map(place);
    const fileSteps = input.fileIds.map((id) => place(single.get(id)!.path));
    const steps = [...folderSteps, ...fileSteps].filter(({ from, path }) => from !== path);
    const goals = steps.map(({ path }) => path);
    if (new Set(goals).size < goals.length) {
      throw new AppError('CONFLICT', 'Two of them have the same name: move them one after the other.');
    }
    for (const path of goals) requirePlace(path);
    await requireFree(tx, experimentId, goals);
    const changed = files.flatMap((file) => {
      const step = steps.find(({ from }) => file.path === from || file.path.startsWith(`${from}/`));
      return step ? [{ file, path: step.path + file.path.slice(step.from.length) }] : [];
    });
    for (const { path } of changed) requirePlace(path);
    await requireUnhurried(tx, code, changed);
    await setPaths(
      tx,
      changed.map(({ file, path }) => ({ id: file.id, path })),
    );
    for (const { from, path } of folderSteps) await moveMadeFolders(tx, experimentId, from, path);
    const away = changed.map(({ file }) => file);
    await noteFormerPlaces(tx, away, experimentId, ctx.now());
    await enqueuePlacing(tx);
    await recordAudit(tx, ctx, ...steps.map((step) => entryOf(step, experimentId, files)));
    const parents = steps.flatMap(({ from, path }) => [
      splitStorePath(from).parent,
      splitStorePath(path).parent,
    ]);
    await announceFolders(tx, ctx, experimentId, parents);
    return { moved: steps, files: changed.length };
  });
}

/** Throws CONFLICT for a name somebody is just sending a file to, UNAVAILABLE while one of them is brought to another experiment. */
async function requireUnhurried(
  q: Queryable,
  code: string,
  changed: readonly { file: FileRow; path: string }[],
): Promise<void> {
  const [key] = await keysOfOpenUploads(
    q,
    changed.map(({ path }) => `${code}/${path}`),
  );
  if (key !== undefined) {
    throw new AppError(
      'CONFLICT',
      `A file is on its way to ${key.slice(code.length + 1)}. Choose another name.`,
    );
  }
  const ids = changed.map(({ file }) => file.id);
  if (await isChangingHands(q, ids)) {
    throw new AppError('UNAVAILABLE', {
      message: 'The files are being moved to another experiment.',
      retryAfterS: 5,
    });
  }
}

function entryOf({ from, path }: Step, experimentId: string, files: readonly FileRow[]) {
  const file = files.find((one) => one.path === from);
  const below = files.filter((one) => one.path.startsWith(`${from}/`)).length;
  return {
    ...{
      action: 'file.rename',
      entityKind: file ? 'file' : 'folder',
      entityId: file?.id ?? null,
      experimentId,
    },
    detail: { from, to: path, ...(file ? { sha256: file.sha256 } : { files: below }) },
  };
}
