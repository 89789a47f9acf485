import { assertStorePath } from '#src/shared/model/store-path.ts';

/** A file that somebody chose or dropped, and where it is to lie. */
export interface ChosenFile {
  file: File;
  /** Experiment-relative. */
  path: string;
}

/** What file managers leave in every folder. */
const LEFT_BEHIND: readonly string[] = ['.DS_Store', 'Thumbs.db', 'desktop.ini'];
/** More at once are for a program. */
export const MOST_CHOSEN = 20_000;

/** As it is stored: some systems write é as e and an accent, others as one character. */
const placed = (folder: string, relative: string) => `${folder}/${relative.normalize('NFC')}`;

/** Of an input for files or for a folder. */
export function filesOfInput(files: Iterable<File>, folder: string): ChosenFile[] {
  return [...files]
    .filter(({ name }) => !LEFT_BEHIND.includes(name))
    .map((file) => ({ file, path: placed(folder, file.webkitRelativePath || file.name) }));
}

const fileOf = (entry: FileSystemFileEntry) =>
  new Promise<File>((resolve, reject) => entry.file(resolve, reject));

async function* below(entry: FileSystemEntry): AsyncGenerator<{ file: File; relative: string }, void> {
  const relative = entry.fullPath.replace(/^\//, '');
  if (entry.isFile) {
    yield { file: await fileOf(entry as FileSystemFileEntry), relative };
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A hundred at a time, until there are none (File and Directory Entries API, readEntries).
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (entries.length === 0) return;
    for (const one of entries) yield* below(one);
  }
}

/** Of a drop, folders with all below them. Call at once: what is dropped can be read in its event only. */
export async function filesOfDrop(items: DataTransferItemList, folder: string): Promise<ChosenFile[]> {
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const chosen: ChosenFile[] = [];
  for (const entry of entries) {
    for await (const { file, relative } of below(entry)) {
      if (LEFT_BEHIND.includes(file.name)) continue;
      chosen.push({ file, path: placed(folder, relative) });
      if (chosen.length > MOST_CHOSEN) return chosen;
    }
  }
  return chosen;
}

/** Why a file cannot be stored under its name; null when it can. */
export function nameFault(path: string): string | null {
  try {
    assertStorePath(path);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
