import type { FolderEntry } from '#src/server/domain/files/files.service.ts';
import { FOLDERS } from '#src/shared/model/states.ts';
import { nameFault } from './chosen-files.ts';

/** A change that somebody is asked about. */
export type Change =
  | { kind: 'make'; parent: string }
  | { kind: 'rename'; entry: FolderEntry }
  | { kind: 'move'; entries: readonly FolderEntry[] }
  | { kind: 'delete'; entries: readonly FolderEntry[] };

export const folderOf = (path: string): string => path.replace(/\/?[^/]*$/, '');

/** Folders and files among these, as the server is asked for them. */
export const chosenOf = (entries: readonly FolderEntry[]) => ({
  folders: entries.filter(({ kind }) => kind === 'folder').map(({ path }) => path),
  fileIds: entries.filter((entry) => entry.kind === 'file').map(({ fileId }) => fileId),
});

/** Why a name cannot be given in this folder; null when it can. */
export function nameFaultOf(folder: string, name: string): string | null {
  if (name.trim() === '') return 'Type a name.';
  if (name.includes('/')) return 'A name holds no slash.';
  return nameFault(`${folder}/${name.trim()}`);
}

/** Why these entries cannot be renamed, moved or asked to be deleted; null when they can. The server decides by the same rules. */
export function changeFault(
  entries: readonly FolderEntry[],
  kind: 'rename' | 'move' | 'delete' = 'move',
): string | null {
  if (entries.length === 0) return 'Tick entries first, or stand on one.';
  for (const entry of entries) {
    const { path } = entry;
    if ((FOLDERS as readonly string[]).includes(path))
      return `${path} is one of the five folders of every experiment.`;
    if (path.startsWith('raw/')) return 'Raw data stay as the instrument gave them.';
    if (entry.kind === 'dataset') return `${path} is a dataset, whose files stay together.`;
    if (kind !== 'delete' && entry.kind === 'file' && entry.fileKind === 'result') {
      return `${path} was written by a job, which shows it from there: results stay where they are.`;
    }
  }
  return null;
}
