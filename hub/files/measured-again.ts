import type { Acquired } from '#src/shared/contracts/agent-files.ts';
import type { SourceFile } from './file-rows.ts';
import type { PathBytes } from './path-bytes.ts';

/**
 * Whether another acquisition uses the name of a file whose dataset has ended: the content came after that end, and was not written over
 * the former one in place, which is how one acquisition's own file is corrected.
 * @param endedMs when the dataset ended, own clock; null while it goes on
 */
export function isMeasuredAgain(
  { inPlace, seenMs }: Pick<SourceFile, 'inPlace' | 'seenMs'>,
  endedMs: number | null,
): boolean {
  return endedMs !== null && !inPlace && seenMs > endedMs;
}

/** Files of an HDF5 dataset that has ended. */
export interface EndedMaster {
  /** Of the master. */
  path: PathBytes;
  endedMs: number;
  /** When it began, as far as that is known. */
  began: Acquired | null;
}

interface EndedFile {
  master: EndedMaster;
  /** Upload with the newest content that belongs to the dataset. */
  clientId: string;
}

/** Masters that have ended and the data files that became part of their datasets, by path; the newest where a name was used again. */
export class EndedFiles {
  private readonly byPath = new Map<PathBytes, EndedFile>();

  /** @param row the file as it is in the journal; null when it is not there any more */
  add(master: EndedMaster, path: PathBytes, row: SourceFile | null, clientId: string): void {
    const known = this.byPath.get(path);
    if (row === null || (known && known.master.endedMs > master.endedMs)) return;
    this.byPath.set(path, { master, clientId });
    this.stored(row);
  }

  has(path: PathBytes): boolean {
    return this.byPath.has(path);
  }

  remove(path: PathBytes): void {
    this.byPath.delete(path);
  }

  /** A newer content is stored: a version of what was there, or the first of another acquisition. */
  stored(row: SourceFile): void {
    const known = this.byPath.get(row.path);
    if (!known || known.clientId === row.confirmedId) return;
    if (row.confirmedId === null || isMeasuredAgain(row, known.master.endedMs)) this.byPath.delete(row.path);
    else known.clientId = row.confirmedId;
  }

  /** Of a content on its way. */
  isMeasuredAgain(row: SourceFile): boolean {
    const known = this.byPath.get(row.path);
    return known?.clientId === row.confirmedId && isMeasuredAgain(row, known.master.endedMs);
  }

  /** The ended dataset that the name is of. */
  masterOf(path: PathBytes): EndedMaster | null {
    return this.byPath.get(path)?.master ?? null;
  }

  /** Whether what is stored under this name belongs to an earlier dataset of the same master. */
  isOfFormer(master: PathBytes, row: SourceFile): boolean {
    const known = this.byPath.get(row.path);
    return known?.master.path === master && known.clientId === row.confirmedId;
  }
}
