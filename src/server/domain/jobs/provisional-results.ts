import type { ComputeDriver } from '../../compute/compute.port.ts';
import type { Queryable } from '../../db/client.ts';
import { type ProvisionalFile, provisionalFiles } from './provisional.repository.ts';
import { keptType } from './shown-results.ts';

/** Of a run that goes on, so many of its files are listed. */
const MAX_FILES = 500;
/** Of one picture or report, and of all those of a run together, that can be looked at before its end. */
const MAX_CONTENT_BYTES = 2 * 1024 * 1024;
const MAX_CONTENT_BYTES_OF_RUN = 16 * 1024 * 1024;
/** Looking takes about this share of the time, but people who wait for results see them soon. */
const LOOK_SHARE = 0.05;
const PAUSE_MOST_MS = 1000;

export interface ProvisionalChanges {
  changed: ProvisionalFile[];
  gone: string[];
}

type Known = Map<string, string>;
const markOf = (file: { sizeBytes: number; changedAt: Date; hasContent: boolean }) =>
  `${file.sizeBytes} ${file.changedAt.getTime()} ${file.hasContent}`;

/**
 * What runs leave in their output folders while they go on. What it remembers may be lost at any time: then it asks what is stored.
 */
export class ProvisionalResults {
  private readonly compute: Pick<ComputeDriver, 'outputSoFar' | 'readSoFar'>;
  private readonly known = new Map<string, { files: Known; notBeforeMs: number }>();

  constructor(compute: Pick<ComputeDriver, 'outputSoFar' | 'readSoFar'>) {
    this.compute = compute;
  }

  /** Null: nothing new. */
  async changes(q: Queryable, jobId: string, runRef: string): Promise<ProvisionalChanges | null> {
    const beginMs = performance.now();
    let known = this.known.get(runRef);
    if (known && known.notBeforeMs > beginMs) return null;
    if (!known) {
      const stored = await provisionalFiles(q, jobId, MAX_FILES);
      known = { files: new Map(stored.map((file) => [file.path, markOf(file)])), notBeforeMs: 0 };
      this.known.set(runRef, known);
    }
    const now = await this.compute.outputSoFar(runRef, MAX_FILES);
    const files: Known = new Map();
    const changed: ProvisionalFile[] = [];
    let contentBytes = 0;
    for (const file of now) {
      const hasContent =
        keptType(file.path) !== null &&
        file.sizeBytes > 0 &&
        file.sizeBytes <= MAX_CONTENT_BYTES &&
        contentBytes + file.sizeBytes <= MAX_CONTENT_BYTES_OF_RUN;
      if (hasContent) contentBytes += file.sizeBytes;
      const mark = markOf({ ...file, hasContent });
      files.set(file.path, mark);
      if (known.files.get(file.path) === mark) continue;
      const content = hasContent ? await this.compute.readSoFar(runRef, file) : null;
      // It vanished, or grows: the next look sees how it is then.
      if (hasContent && content === null) files.delete(file.path);
      else changed.push({ ...file, content });
    }
    const gone = [...known.files.keys()].filter((path) => !now.some((file) => file.path === path));
    known.files = files;
    const nowMs = performance.now();
    known.notBeforeMs = nowMs + Math.min(PAUSE_MOST_MS, (nowMs - beginMs) / LOOK_SHARE);
    return changed.length > 0 || gone.length > 0 ? { changed, gone } : null;
  }

  /** Call when what `changes` told could not be stored, or the run is over. */
  forget(runRef: string): void {
    this.known.delete(runRef);
  }
}
