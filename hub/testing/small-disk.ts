import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';

/** Only root may mount; tests that need a disk of their own are skipped for others. */
export const canMount = process.platform === 'linux' && process.getuid?.() === 0;

/** A small file system of its own (tmpfs) mounted at a folder, which can be filled to the last byte and emptied again. */
export class SmallDisk {
  readonly folder: string;
  private readonly ballast: string;
  private readonly names: string;

  /** @param names room for so many files and folders */
  constructor(folder: string, sizeBytes: number, names = 200) {
    mkdirSync(folder, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes},nr_inodes=${names}`, 'tmpfs', folder]);
    this.folder = folder;
    this.ballast = path.join(folder, 'ballast');
    this.names = path.join(folder, 'names');
  }

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.folder);
    return bavail * bsize;
  }

  /** Takes all room but `leaveBytes`. */
  fill(leaveBytes = 0): void {
    const block = Buffer.alloc(4096);
    const fd = openSync(this.ballast, 'a');
    try {
      while (this.freeBytes > leaveBytes) writeSync(fd, block);
    } finally {
      closeSync(fd);
    }
  }

  /** Takes all room for names of files and folders but that for `leave` of them. */
  fillNames(leave = 0): void {
    mkdirSync(this.names);
    while (statfsSync(this.folder).ffree > leave) {
      writeFileSync(path.join(this.names, `${statfsSync(this.folder).ffree}`), '');
    }
  }

  /** Gives back what was taken. */
  empty(): void {
    rmSync(this.ballast, { force: true });
    rmSync(this.names, { recursive: true, force: true });
  }

  unmount(): void {
    execFileSync('umount', [this.folder]);
  }
}
