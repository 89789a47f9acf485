import { stat, statfs } from 'node:fs/promises';
import type { NeededDisk } from '#src/shared/contracts/agent-control.ts';

export interface DiskUse {
  /** Absolute; a link is followed. */
  dir: string;
  use: { part: NeededDisk['parts'][number] } | { folder: string };
}

/** Those of the state folder and of every watched folder. */
export const disksOfFolders = (config: {
  stateDir: string;
  folders: readonly { name: string; path: string }[];
}): DiskUse[] => [
  { dir: config.stateDir, use: { part: 'state' } },
  ...config.folders.map(({ name, path }) => ({ dir: path, use: { folder: name } })),
];

interface Measured {
  dev: bigint;
  freeBytes: number;
  totalBytes: number;
}

/** As many as a heartbeat holds. */
const MAX_DISKS = 50;
const MAX_FOLDERS = 100;

/**
 * The disks that an agent needs, each once however many of its folders lie on it. They are asked beside everything else and each for
 * itself: a file server that does not answer holds up nothing, and its disk is left out until it does.
 */
export class NeededDisks {
  private readonly uses: readonly DiskUse[];
  private readonly measured = new Map<DiskUse, Measured>();
  private readonly asked = new Map<DiskUse, Promise<void>>();

  constructor(uses: readonly DiskUse[]) {
    this.uses = uses;
  }

  /** Asks all that are not being asked already. Resolves when those have answered. */
  async measure(): Promise<void> {
    await Promise.all(
      this.uses.map((use) => {
        const under = this.asked.get(use);
        // It has not answered since the last time: what was known of it is not known any more.
        if (under !== undefined) this.measured.delete(use);
        const asked = under ?? this.ask(use).finally(() => this.asked.delete(use));
        this.asked.set(use, asked);
        return asked;
      }),
    );
  }

  private async ask(use: DiskUse): Promise<void> {
    try {
      const { bavail, blocks, bsize } = await statfs(use.dir);
      const { dev } = await stat(use.dir, { bigint: true });
      const bytes = (count: number) => Math.min(Number.MAX_SAFE_INTEGER, count * bsize);
      this.measured.set(use, { dev, freeBytes: bytes(bavail), totalBytes: bytes(blocks) });
    } catch {
      // A folder that is gone is told where it is needed.
      this.measured.delete(use);
    }
  }

  /** As they were measured last. */
  all(): NeededDisk[] {
    const disks = new Map<bigint, NeededDisk>();
    for (const one of this.uses) {
      const found = this.measured.get(one);
      if (found === undefined) continue;
      const { dev, freeBytes, totalBytes } = found;
      const disk = disks.get(dev) ?? { parts: [], folders: [], freeBytes, totalBytes };
      if ('part' in one.use) disk.parts.push(one.use.part);
      else if (disk.folders.length < MAX_FOLDERS) disk.folders.push(one.use.folder);
      disks.set(dev, disk);
    }
    return [...disks.values()].slice(0, MAX_DISKS);
  }
}
