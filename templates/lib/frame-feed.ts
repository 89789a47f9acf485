import { readFile, stat } from 'node:fs/promises';
import type { JobFeed, JobInput } from '#src/shared/contracts/job-run.ts';

/** What a job that follows its dataset is told while it goes on. */
export class FrameFeed {
  private readonly path: string;
  private seen = '';

  private constructor(path: string) {
    this.path = path;
  }

  /** Null: nothing more will be told, or there is nothing more to tell. */
  static of(input: Pick<JobInput, 'feedPath' | 'dataset'>): FrameFeed | null {
    const { feedPath = null, dataset } = input;
    return feedPath !== null && dataset?.isReceiving ? new FrameFeed(feedPath) : null;
  }

  /** What was told since the last look; null: nothing. */
  async news(): Promise<JobFeed | null> {
    const found = await stat(this.path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (!found) return null;
    // It is put in place whole: another text is another file.
    const mark = `${found.ino} ${found.mtimeNs} ${found.size}`;
    if (mark === this.seen) return null;
    this.seen = mark;
    return JSON.parse(await readFile(this.path, 'utf8')) as JobFeed;
  }
}
