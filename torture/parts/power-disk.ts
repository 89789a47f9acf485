import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, truncateSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import koffi from 'koffi';

/** _IOR('X', 125, __u32) of linux/fs.h: the file system goes down at once, as the tests of Linux' own file systems make it (xfstests). */
const FS_IOC_SHUTDOWN = 0x8004587d;
/** Nothing more is written, not even the journal's last transaction. */
const WITHOUT_FLUSH = 2;
/** Nobody but those who ask for it by fsync brings anything to the disk within a trial. */
const OPTIONS = 'loop,commit=300,noauto_da_alloc';
const UNMOUNT_TRIES = 100;

const run = (command: string, ...args: string[]) => void execFileSync(command, args, { stdio: 'pipe' });

function shutDown(folder: string): void {
  const ioctl = koffi
    .load('libc.so.6')
    .func('int ioctl(int fd, unsigned long request, const uint32_t *flags)');
  const fd = openSync(folder, 'r');
  try {
    if (ioctl(fd, FS_IOC_SHUTDOWN, [WITHOUT_FLUSH]) !== 0)
      throw new Error(`${folder} cannot be shut down: errno ${koffi.errno()}`);
  } finally {
    closeSync(fd);
  }
}

/**
 * A disk (ext4 in a file) of a machine that loses its power: what was written and not synced is gone when it comes back. Needs root. The
 * start of the machine is counted too: processes started with `wrapper` see another boot id after each loss of power.
 */
export class PowerDisk {
  readonly folder: string;
  private readonly image: string;
  private readonly bootId: string;
  private isMounted = false;

  /** @param image made, with the boot id beside it; on another file system than `folder` will be */
  constructor(folder: string, image: string, sizeBytes: number) {
    mkdirSync(folder, { recursive: true });
    this.folder = folder;
    this.image = image;
    this.bootId = `${image}.boot-id`;
    writeFileSync(image, '');
    truncateSync(image, sizeBytes);
    run('mkfs.ext4', '-q', image);
    // Mounts below a shared one are seen by processes of `wrapper` too, whatever this machine shares otherwise.
    run('mount', '--bind', folder, folder);
    run('mount', '--make-shared', folder);
    this.nextStart();
    this.mount();
  }

  /** Before a command: it sees the boot id of this machine in place of the real one, and mounts made later. */
  get wrapper(): readonly string[] {
    const inside = `mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"`;
    return ['unshare', '--mount', '--propagation', 'slave', 'sh', '-c', inside, this.bootId];
  }

  private nextStart(): void {
    // In place: the file is mounted where processes look.
    writeFileSync(this.bootId, `${randomUUID()}\n`);
  }

  private mount(): void {
    run('mount', '-o', OPTIONS, this.image, this.folder);
    this.isMounted = true;
  }

  /** From now on nothing reaches the disk. */
  cut(): void {
    shutDown(this.folder);
  }

  /** The power is back; nobody may have anything on the disk open any more, but may still be about to let go of it. */
  async restore(): Promise<void> {
    for (let tries = 1; this.isMounted; tries++) {
      try {
        this.unmount();
      } catch (error) {
        if (tries === UNMOUNT_TRIES) throw error;
        await sleep(100);
      }
    }
    this.nextStart();
    this.mount();
  }

  private unmount(): void {
    run('umount', this.folder);
    this.isMounted = false;
  }

  /** For good. */
  remove(): void {
    if (this.isMounted) this.unmount();
    run('umount', this.folder);
  }
}
