import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { canMount } from '#hub/testing/small-disk.ts';

/** What a case needs of the machine beyond an ordinary user's rights. */
export type Need =
  | 'root'
  | 'faketime'
  | 'network-namespace'
  | 'user-namespace'
  | 'rsync'
  | 'power-disk'
  | 'eatmydata';

const LIBRARIES = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'];

const library = (name: string): string | null =>
  LIBRARIES.map((folder) => `${folder}/${name}`).find((file) => existsSync(file)) ?? null;

/** The library that gives a process another clock (Debian: package faketime); null where it is not installed. */
export const faketimeLibrary = () => library('faketime/libfaketime.so.1');

/** The library under which fsync and its like do nothing (Debian: package eatmydata); null where it is not installed. */
export const idleSyncLibrary = () => library('libeatmydata.so');

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
  'power-disk': () => canMount && existsSync('/dev/loop-control') && runs('mkfs.ext4', '-V'),
  eatmydata: () => idleSyncLibrary() !== null,
};

/** Those of the needs that this machine does not meet. */
export const unmetNeeds = (needs: readonly Need[]): Need[] => needs.filter((need) => !MET[need]());
