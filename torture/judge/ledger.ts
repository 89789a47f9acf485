import { appendFileSync } from 'node:fs';
import type { FrameRange } from '#src/shared/contracts/agent-api.ts';

/** Where data must end: the code of an experiment, or the instrument's unassigned tray. */
export const TRAY = 'unassigned tray';

/** A series handed to a HUB by a detector. */
export interface SeriesEntry {
  seriesUniqueId: string;
  prefix: string;
  /** Frames announced by the start message. */
  announced: number;
  /** Places that are right; more than one only where nobody can know better. */
  places: readonly string[];
  /** held: waits for a switch, and the cockpit says how much. given-up: not to be sent after all, and a report names it. */
  fate: 'stored' | 'held' | 'given-up';
  /** Channel → frame → fingerprint of the pixels handed over. */
  frames: ReadonlyMap<string, Map<number, string>>;
  /** Frames that may be missing as long as they are named: they stood in the queues of a socket whose receiver was killed. */
  mayLack: FrameRange[];
}

/** A file put into a watched folder. */
export interface FileEntry {
  source: string;
  /** Path below the folder, as bytes. */
  path: Buffer;
  /** Names it had or got while it was on its way: it may be stored under any one of them. */
  otherPaths: Buffer[];
  /** Contents in the order of writing; the last must be the newest version. */
  contents: { sha256: string; sizeBytes: number }[];
  /** Places that are right for it. */
  places: readonly string[];
  /**
   * stored: in the store. named: not to be stored, and its reason is in the cockpit (poison list). held: waits for a switch. left-out: not
   * to be sent after all, and the cockpit counts it. gone: taken away before it could be read; it may be stored or not.
   */
  fate: 'stored' | 'named' | 'held' | 'left-out' | 'gone';
  /** Several files had this name one after the other: which of them is stored where, their contents tell. */
  isNameReused: boolean;
}

const keyOf = (source: string, path: Buffer) => `${source} ${path.toString('latin1')}`;

/**
 * What was handed over, noted before it is handed over, so that nothing can be forgotten on both sides. Kept in memory for the judge and
 * line by line in a file for people.
 */
export class Ledger {
  readonly series: SeriesEntry[] = [];
  readonly files = new Map<string, FileEntry>();
  private readonly reused = new Set<string>();
  private readonly file: string;

  /** @param file where the lines go; made when absent */
  constructor(file: string) {
    this.file = file;
  }

  private note(line: Record<string, unknown>): void {
    appendFileSync(this.file, `${JSON.stringify({ at: new Date().toISOString(), ...line })}\n`);
  }

  beginSeries(
    series: { seriesUniqueId: string; prefix: string; channels: readonly string[]; frames: number },
    places: readonly string[],
  ): SeriesEntry {
    const entry: SeriesEntry = {
      seriesUniqueId: series.seriesUniqueId,
      prefix: series.prefix,
      announced: series.frames,
      places,
      fate: 'stored',
      frames: new Map(series.channels.map((channel) => [channel, new Map()])),
      mayLack: [],
    };
    this.series.push(entry);
    this.note({ series: entry.seriesUniqueId, prefix: entry.prefix, announced: entry.announced, places });
    return entry;
  }

  frame(entry: SeriesEntry, channel: string, frame: number, print: string): void {
    entry.frames.get(channel)!.set(frame, print);
    this.note({ series: entry.seriesUniqueId, channel, frame, print });
  }

  /** From now on these frames may be absent when they are named. */
  mayLack(entry: SeriesEntry, range: FrameRange): void {
    entry.mayLack.push(range);
    this.note({ series: entry.seriesUniqueId, mayLack: range });
  }

  /** A file, or new contents of one. */
  addFile(
    source: string,
    path: Buffer,
    content: { sha256: string; sizeBytes: number },
    places: readonly string[],
    fate: FileEntry['fate'] = 'stored',
  ): FileEntry {
    const key = keyOf(source, path);
    const known = this.files.get(key);
    const entry: FileEntry = known ?? {
      ...{ source, path, otherPaths: [], contents: [], places, fate },
      isNameReused: this.reused.has(key),
    };
    entry.contents.push(content);
    entry.places = places;
    this.files.set(key, entry);
    this.note({ source, path: path.toString('latin1'), ...content, places, fate });
    return entry;
  }

  /** The file that had this name is complete: what is noted next under it is another one. */
  reuseName({ source, path }: FileEntry): void {
    const key = keyOf(source, path);
    const former = this.files.get(key);
    if (!former) return;
    former.isNameReused = true;
    this.reused.add(key);
    this.files.delete(key);
    this.files.set(`${key} before ${this.files.size}`, former);
    this.note({ source, path: path.toString('latin1'), isNameReused: true });
  }
}
