import { extensionOf, type FileType, fileType } from '#src/shared/model/file-types.ts';
import { FOLDERS } from '#src/shared/model/states.ts';

/** What can be shown of a file beside the list, told from its name alone. */
export type PreviewKind = 'text' | 'json' | 'table' | 'image' | 'report' | 'hdf5' | 'none';

const PREVIEWS: Readonly<Record<FileType | 'other', PreviewKind>> = {
  ...{ text: 'text', json: 'json', table: 'table', picture: 'image', report: 'report' },
  ...{ hdf5: 'hdf5', frame: 'none', reflections: 'none', archive: 'none', other: 'none' },
};

export const previewKind = (name: string): PreviewKind => PREVIEWS[fileType(name)];

/** The type under which a browser draws a picture. */
export function pictureType(name: string): string {
  const extension = extensionOf(name);
  if (extension === 'svg') return 'image/svg+xml';
  return extension === 'jpg' ? 'image/jpeg' : `image/${extension}`;
}

/** A master of a dataset opens in the viewer as the dataset itself. */
export const isMaster = (entry: { name: string; fileKind?: string | null }): boolean =>
  entry.fileKind === 'master' || /_master\.h5$/i.test(entry.name);

/** The dataset a file is counted with, in the folder it lies in: "lyso_run1" for "lyso_run1_master.h5"; null for other files. */
export function datasetOfMaster(entry: {
  name: string;
  fileKind?: string | null;
  datasetId?: string | null;
}): string | null {
  return entry.datasetId && isMaster(entry) ? entry.name.replace(/_master\.h5$/i, '') : null;
}

/** The folders of a path from the top: "raw/lyso/x" → raw, raw/lyso, raw/lyso/x. */
export function pathSteps(path: string): { name: string; path: string }[] {
  if (path === '') return [];
  const names = path.split('/');
  return names.map((name, i) => ({ name, path: names.slice(0, i + 1).join('/') }));
}

/** Whether a folder that lists nothing is there at all: the top and the folders of every experiment are, others only through what lies in them. */
export const standsEmpty = (path: string): boolean =>
  path === '' || (FOLDERS as readonly string[]).includes(path);

/** True when a file at `filePath` changes what is listed in `folder`: it lies in it, or makes a folder of it. */
export function concernsFolder(folder: string, filePath: string): boolean {
  return folder === '' || filePath.startsWith(`${folder}/`);
}

/** True when a change by people in these folders changes what `folder` lists: it is one of them, or lies in one that went elsewhere. */
export function changesFolder(folder: string, changed: unknown): boolean {
  return (
    Array.isArray(changed) &&
    changed.some((path) => typeof path === 'string' && (path === folder || folder.startsWith(`${path}/`)))
  );
}

/** The folder directly in `folder` in which a file lies or below which; null when it lies in `folder` itself or elsewhere. */
export function folderWithin(folder: string, filePath: string): string | null {
  if (!filePath.startsWith(`${folder}/`)) return null;
  const [name, ...rest] = filePath.slice(folder.length + 1).split('/');
  return rest.length > 0 ? name! : null;
}

/** Where an entry stands in the file browser: a folder itself, others selected in the folder they lie in. */
export function filesHref(
  code: string,
  entry:
    | { kind: 'folder'; path: string }
    | { kind: 'dataset' | 'file'; path: string; datasetId?: string | null; fileId?: string },
): string {
  const folder = entry.kind === 'folder' ? entry.path : entry.path.replace(/\/?[^/]*$/, '');
  const query = new URLSearchParams({ path: folder });
  if (entry.kind === 'dataset') query.set('sel', `d:${entry.datasetId}`);
  if (entry.kind === 'file') query.set('sel', `f:${entry.fileId}`);
  return `/experiments/${code}/files?${query}`;
}
