import type { FolderEntry } from '#src/server/domain/files/files.service.ts';
import type { FileSelection } from '#src/shared/model/file-selection.ts';

/** `p:<path>`, `d:<id>`, `f:<id>`: what names an entry in the address and in a selection. */
export function keyOf(entry: FolderEntry): string {
  if (entry.kind === 'folder') return `p:${entry.path}`;
  return entry.kind === 'dataset' ? `d:${entry.datasetId}` : `f:${entry.fileId}`;
}

/** As the server is asked for them. */
export function selectionOf(keys: Iterable<string>): FileSelection {
  const selection: FileSelection = { folders: [], datasetIds: [], fileIds: [] };
  const lists = { p: selection.folders, d: selection.datasetIds, f: selection.fileIds };
  for (const key of keys) lists[key[0] as 'p' | 'd' | 'f'].push(key.slice(2));
  return selection;
}

/** Most entries of each kind that one selection may name. */
export const MOST_PICKED = 1000;

const IN_PATTERNS = /[*?[\]{}()!\\]/;

/** One argument for a shell. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** What a program has to include to bring a selection; nothing, which is everything, where a name means something else in a pattern. */
export function patternsOf(entries: readonly Pick<FolderEntry, 'kind' | 'path'>[]): string[] {
  if (entries.some(({ path }) => IN_PATTERNS.test(path))) return [];
  return entries.map(({ kind, path }) =>
    kind === 'folder' ? `${path}/**` : kind === 'dataset' ? `${path}{_,.}*` : path,
  );
}

/** The command that brings a selection home; the whole experiment where a name means something else in a pattern, or nothing is chosen. */
export function pullCommand(
  code: string,
  origin: string,
  entries: readonly Pick<FolderEntry, 'kind' | 'path'>[],
): string {
  const includes = patternsOf(entries)
    .map((pattern) => ` --include ${quoted(pattern)}`)
    .join('');
  return `beamdeck-sync pull ${code} ./${code} --server ${origin} --token-file ~/.beamdeck-token${includes}`;
}
