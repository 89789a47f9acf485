import { constants as O } from 'node:fs';
import { type FileHandle, lstat, open, readdir } from 'node:fs/promises';
import type { RunOutputSoFar } from './compute.port.ts';

/*
 * Looks into the output folder of a run that goes on. Its program may put a link to anywhere in the place of a folder between two steps, and the
 * worker may read more than the program: so every step is taken from a folder that is open, by its name alone, and follows no link.
 */
const FOLDER = O.O_RDONLY | O.O_DIRECTORY | O.O_NOFOLLOW;
const MAX_DEPTH = 8;

/** What a name leads to in an open folder, whatever has become of the folder's own name. */
const at = (folder: FileHandle, name: string) => `/proc/self/fd/${folder.fd}/${name}`;

/** Does something with a folder below one that is no program's; null when it is not there, no folder, or closed. */
async function inFolder<T>(
  base: string,
  names: readonly string[],
  act: (folder: FileHandle) => Promise<T>,
): Promise<T | null> {
  let folder = await open(base, FOLDER).catch(() => null);
  try {
    for (const name of names) {
      if (!folder) return null;
      const next: FileHandle | null = await open(at(folder, name), FOLDER).catch(() => null);
      await folder.close();
      folder = next;
    }
    return folder && (await act(folder));
  } finally {
    await folder?.close();
  }
}

/** The regular files below a folder, sorted by path; what cannot be looked at now is left out. */
export async function filesSoFar(
  base: string,
  names: readonly string[],
  limit: number,
): Promise<RunOutputSoFar[]> {
  const files: RunOutputSoFar[] = [];
  const look = async (folder: FileHandle, below: readonly string[]): Promise<void> => {
    const entries = await readdir(at(folder, '.'), { withFileTypes: true }).catch(() => []);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (files.length === limit) return;
      const path = [...below, entry.name];
      if (entry.isDirectory() && path.length < MAX_DEPTH) {
        const inner = await open(at(folder, entry.name), FOLDER).catch(() => null);
        if (!inner) continue;
        try {
          await look(inner, path);
        } finally {
          await inner.close();
        }
      } else if (entry.isFile()) {
        const stat = await lstat(at(folder, entry.name)).catch(() => null);
        if (stat?.isFile()) files.push({ path: path.join('/'), sizeBytes: stat.size, changedAt: stat.mtime });
      }
    }
  };
  await inFolder(base, names, (folder) => look(folder, []));
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The bytes of a regular file that has exactly so many; null when it is not there, or has another size by now. */
export async function readSoFar(
  base: string,
  names: readonly string[],
  file: { path: string; sizeBytes: number },
): Promise<Uint8Array | null> {
  const segments = file.path.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) return null;
  const name = segments.pop()!;
  return inFolder(base, [...names, ...segments], async (folder) => {
    const flags = O.O_RDONLY | O.O_NOFOLLOW | O.O_NONBLOCK;
    const handle = await open(at(folder, name), flags).catch(() => null);
    if (!handle) return null;
    try {
      const stat = await handle.stat();
      if (!stat.isFile() || stat.size !== file.sizeBytes) return null;
      // One more than there should be tells that it has grown.
      const bytes = Buffer.alloc(file.sizeBytes + 1);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
      return bytesRead === file.sizeBytes ? bytes.subarray(0, bytesRead) : null;
    } finally {
      await handle.close();
    }
  });
}
