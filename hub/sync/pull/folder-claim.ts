import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { bootId } from '../../agent/machine-clocks.ts';
import { PullEnded } from './pull-faults.ts';

const CLAIM = '.beamdeck-pull.lock';

interface Claim {
  host: string;
  boot: string;
  pid: number;
}

function readClaim(file: string): Claim | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Claim;
  } catch {
    // Cut off by a full disk or a crash: nobody holds it.
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Of this machine it can be told whether its process still runs; of another machine it cannot. */
function isStale(claim: Claim | null, own: Claim): boolean {
  if (claim === null) return true;
  if (claim.host !== own.host) return false;
  return claim.boot !== own.boot || claim.pid === own.pid || !isAlive(claim.pid);
}

/** Keeps a second pull out of the folder: both would write the same parts. A file and no lock, since network disks do not all lock. */
export function claimFolder(dir: string): () => void {
  const file = path.join(dir, CLAIM);
  const own: Claim = { host: hostname(), boot: bootId(), pid: process.pid };
  for (let isSecond = false; ; isSecond = true) {
    try {
      writeFileSync(file, JSON.stringify(own), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const claim = readClaim(file);
    if (isSecond || !isStale(claim, own)) {
      const who = claim === null ? '' : ` (process ${claim.pid} on ${claim.host})`;
      throw new PullEnded(
        `Another pull is bringing files into ${dir}${who}. Wait for it; if there is none, delete ${file}.`,
      );
    }
    rmSync(file, { force: true });
  }
}
