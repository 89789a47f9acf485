import { FOLDERS } from '#src/shared/model/states.ts';

/** What can be shown of a file beside the list, told from its name alone. */
export type PreviewKind = 'text' | 'json' | 'image' | 'none';

const TEXT = /\.(txt|log|md|csv|tsv|dat|inp|lp|py|sh|toml|ya?ml|ini|cfg|xml|html?|js|ts|mtz\.txt|out|err)$/i;
const IMAGE = /\.(png|jpe?g|gif|webp)$/i;

export function previewKind(name: string): PreviewKind {
  if (/\.json$/i.test(name)) return 'json';
  if (IMAGE.test(name)) return 'image';
  // XDS writes its logs as CORRECT.LP and its input as XDS.INP.
  return TEXT.test(name) ? 'text' : 'none';
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
