import { isAwaited, type Master } from './noted-master.ts';
import type { PathBytes } from './path-bytes.ts';

/** Masters that have ended while files that they name had not come: these may come yet. The newest of each name. */
export class LateMasters {
  private readonly masters = new Map<PathBytes, Master>();
  private readonly byFile = new Map<PathBytes, Master>();
  /** To be looked at: a file that one of them names is stored, or may be. */
  readonly waiting = new Set<Master>();

  add(master: Master): void {
    const known = this.masters.get(master.path);
    if (known && known.endedMs! > master.endedMs!) return;
    this.remove(master.path);
    // What the server refused as a dataset is none with more files either.
    if (master.datasetId === null && master.request !== null) return;
    const awaited = master.files.filter((file) => isAwaited(file) && file.path !== null);
    if (awaited.length === 0) return;
    this.masters.set(master.path, master);
    for (const { path } of awaited) this.byFile.set(path!, master);
    this.waiting.add(master);
  }

  /** @param path of the master: it is whole, or its name is that of another acquisition now */
  remove(path: PathBytes): void {
    const master = this.masters.get(path);
    if (master === undefined) return;
    this.masters.delete(path);
    this.waiting.delete(master);
    for (const file of master.files) {
      if (file.path !== null && this.byFile.get(file.path) === master) this.byFile.delete(file.path);
    }
  }

  stored(path: PathBytes): void {
    const master = this.byFile.get(path);
    if (master !== undefined) this.waiting.add(master);
  }
}
