import { open } from 'node:fs/promises';

/** Brings what was written to a file or folder to its disk. One that is not there has nothing to bring. */
export async function syncPath(path: string): Promise<void> {
  try {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** The same of one file that many ask for: those who ask while it is being done share the next time. */
export class SharedSync {
  private readonly path: string;
  private last: Promise<void> = Promise.resolve();
  private next: Promise<void> | null = null;

  constructor(path: string) {
    this.path = path;
  }

  /** Resolves when all that was written before the call is on the disk. */
  now(): Promise<void> {
    this.next ??= this.begin(this.last);
    return this.next;
  }

  private async begin(former: Promise<void>): Promise<void> {
    await former.catch(() => undefined);
    this.last = this.next ?? this.last;
    this.next = null;
    await syncPath(this.path);
  }
}
