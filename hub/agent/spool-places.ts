import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { ReportLog } from './report-log.ts';
import { removeSpoolFolder } from './spool.ts';

export interface SpoolPlace {
  dir: string;
  maxBytes: number;
}

/**
 * Where the buffer's files lie: in its first folder, usually memory, and while that is full in a second one, on a disk. A file stays where
 * it was begun, so the first folder may exceed its size by what its files under way still grow (about a second of data).
 */
export class SpoolPlaces {
  readonly main: SpoolPlace;
  readonly spill: SpoolPlace | null;
  private readonly reports: ReportLog;
  private isSpilling = false;

  /** @param spill null: there is no second folder */
  constructor(main: SpoolPlace, spill: SpoolPlace | null, reports: ReportLog) {
    this.main = main;
    this.spill = spill;
    this.reports = reports;
  }

  /** Of both together. */
  get maxBytes(): number {
    return this.main.maxBytes + (this.spill?.maxBytes ?? 0);
  }

  isInMain(file: string): boolean {
    return this.spill === null || !file.startsWith(this.spill.dir + path.sep);
  }

  /** Folder of a series in the first place; its start and its master lie there. */
  folderOf(seriesKey: string): string {
    return path.join(this.main.dir, seriesKey);
  }

  /** All folders in which files of a series may lie; `dir` is the one it was begun in. */
  foldersOf({ seriesKey, dir }: { seriesKey: string; dir: string }): string[] {
    return this.spill === null ? [dir] : [dir, path.join(this.spill.dir, seriesKey)];
  }

  /**
   * Where a new file of about `bytes` is made. Throws the file system's error.
   * @param wanted its path in the first place
   * @param usedBytes what the first place holds
   */
  pathFor(seriesKey: string, wanted: string, bytes: number, usedBytes: number): string {
    const { main, spill } = this;
    const isSpilled = spill !== null && usedBytes + bytes > main.maxBytes;
    if (isSpilled !== this.isSpilling) this.tell(isSpilled);
    if (!isSpilled) return wanted;
    const folder = path.join(spill.dir, seriesKey);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return path.join(folder, path.basename(wanted));
  }

  private tell(isSpilled: boolean): void {
    this.isSpilling = isSpilled;
    const { main, spill } = this;
    const message = isSpilled
      ? `The buffer in ${main.dir} is full; new files go to ${spill!.dir}.`
      : `The buffer in ${main.dir} has room again; new files go there.`;
    this.reports.add({ level: isSpilled ? 'warn' : 'info', code: 'buffer-spilled', message });
  }

  removeSeries(row: { seriesKey: string; dir: string }): void {
    for (const folder of this.foldersOf(row)) removeSpoolFolder(folder);
  }
}
