import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { canMount } from '#hub/testing/small-disk.ts';

/** What a case needs of the machine beyond an ordinary user's rights. */
export type Need = 'root' | 'faketime' | 'network-namespace' | 'user-namespace' | 'rsync';

const LIBRARIES = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'];

/** The library that gives a process another clock (Debian: package faketime); null where it is not installed. */
export const faketimeLibrary = (): string | null =>
  LIBRARIES.map((folder) => `${folder}/faketime/libfaketime.so.1`).find((file) => existsSync(file)) ?? null;

function runs(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    // Not installed, or not allowed: either way the case cannot be run here.
    return false;
  }
}

const MET: Readonly<Record<Need, () => boolean>> = {
  root: () => canMount,
  faketime: () => faketimeLibrary() !== null,
  'network-namespace': () => canMount && runs('ip', 'netns', 'list') && runs('nft', '--version'),
  'user-namespace': () => runs('unshare', '--user', '--map-root-user', 'true'),
  rsync: () => runs('rsync', '--version'),
};

/** Those of the needs that this machine does not meet. */
export const unmetNeeds = (needs: readonly Need[]): Need[] => needs.filter((need) => !MET[need]());
