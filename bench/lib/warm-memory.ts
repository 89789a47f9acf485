import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import path from 'node:path';

const ROOT = '/dev/shm';
const PIECE_BYTES = 32 * 1024 * 1024;
/** How much lies free at a time: what a run writes between two looks. */
const READY_BYTES = 256 * 1024 * 1024;
const LOOK_EVERY_MS = 10;

/**
 * Memory that a run on the memory file system will use, touched before and given free only as it is used. In a virtual machine that
 * gives free memory back to its host, the first touch of a page is served by the host: writing to memory that was free for no time,
 * for half a second and for twelve seconds was seen to cost 0.3, 0.5 and 2.0 s of processor time per GB. Whoever takes longer would
 * pay most of it, and what is measured would be the host.
 */
export class WarmMemory {
  /** Open files without a name: nothing is left of them when the bench is killed. */
  private readonly files: number[] = [];
  private readonly timer: NodeJS.Timeout;

  /** @param bytes that will be written, over all */
  constructor(bytes: number) {
    const piece = Buffer.alloc(PIECE_BYTES);
    for (let held = 0; held < bytes + READY_BYTES; held += PIECE_BYTES) {
      const file = path.join(ROOT, `beamdeck-bench-warm-${process.pid}`);
      const fd = openSync(file, 'w', 0o600);
      this.files.push(fd);
      rmSync(file);
      for (let done = 0; done < PIECE_BYTES; ) done += writeSync(fd, piece, done);
    }
    const limit = usedBytes() - READY_BYTES;
    this.timer = setInterval(() => {
      for (let excess = usedBytes() - limit; excess > 0 && this.files.length > 0; excess -= PIECE_BYTES)
        this.giveFree();
    }, LOOK_EVERY_MS);
  }

  private giveFree(): void {
    closeSync(this.files.pop()!);
  }

  /** Gives everything free that was not used. */
  end(): void {
    clearInterval(this.timer);
    while (this.files.length > 0) this.giveFree();
  }
}

function usedBytes(): number {
  const { blocks, bfree, bsize } = statfsSync(ROOT);
  return (blocks - bfree) * bsize;
}
