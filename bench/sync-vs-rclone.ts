import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { NO_RGW, startRgw } from '#scripts/lib/throwaway-rgw.ts';
import type { S3Settings } from '#src/server/storage/s3-connection.ts';
import { startBackend } from './lib/backend.ts';
import { end } from './lib/children.ts';
import { awsEnvironment, isInstalled, rcloneEnvironment } from './lib/rclone.ts';
import { startSyncChild } from './lib/sync-child.ts';

/*
 * A folder brought to a Ceph RGW: by SYNC, which hashes every file, proves every part and records each file in the catalogue, and by programs
 * that copy. Each begins with everything in the folder and an empty place in the bucket. Options: --scale F (of the number of files, 1 = 10,000
 * × 100 kB, 1,000 × 6.3 MB, 2 × 2 GB), --only TEXT (sets by the size of their files).
 */

const { values: given } = parseArgs({ options: { scale: { type: 'string' }, only: { type: 'string' } } });
const SCALE = Number(given.scale ?? 1);
const PATIENCE_MS = 3600_000;
/** So long without a byte: the store, or who sends, is gone. */
const STALLED_MS = 180_000;

interface FileSet {
  /** Of one file. */
  size: string;
  files: number;
  bytes: number;
}
const SETS: readonly FileSet[] = [
  { size: '100kB', files: 10_000, bytes: 100_000 },
  { size: '6.3MB', files: 1000, bytes: 6_300_000 },
  { size: '2GB', files: 2, bytes: 2_000_000_000 },
];
const TUNED = ['--transfers', '16', '--s3-upload-concurrency', '8'];
const MIB = 1024 * 1024;

/** Files of random bytes, each other than all others. */
function fill(folder: string, { files, bytes }: FileSet): void {
  const block = randomBytes(Math.min(bytes, 16 * MIB));
  for (let nth = 0; nth < files; nth++) {
    const parent = path.join(folder, `d${nth % 50}`);
    mkdirSync(parent, { recursive: true });
    const fd = openSync(path.join(parent, `f_${nth}.dat`), 'w');
    for (let done = 0; done < bytes; done += block.length) {
      block.writeUInt32LE(nth);
      block.writeUInt32LE(done / block.length, 4);
      writeSync(fd, block, 0, Math.min(block.length, bytes - done));
    }
    closeSync(fd);
  }
}

const rate = ({ files, bytes }: FileSet, ms: number) => Math.round((files * bytes) / ms / 100) / 10;

/** MB/s from SYNC's first contact until everything is recorded. */
async function bySync(set: FileSet, source: string, folder: string, s3: S3Settings): Promise<number> {
  const backend = await startBackend(folder, { s3 });
  fill(source, set);
  const sync = await startSyncChild(backend, path.join(folder, 'sync'), source);
  try {
    const begin = performance.now();
    while (backend.files.length < set.files) {
      const nowMs = performance.now();
      const there = `${backend.files.length} of ${set.files} files are there`;
      if (nowMs - begin > PATIENCE_MS) throw new Error(`SYNC did not bring everything: ${there}`);
      if (nowMs - Math.max(begin, backend.lastProgressMs()) > STALLED_MS)
        throw new Error(`nothing came for ${STALLED_MS / 60_000} minutes: ${there}`);
      await sleep(20);
    }
    return rate(set, performance.now() - begin);
  } finally {
    await end(sync);
    await backend.stop();
  }
}

function byCommand(set: FileSet, command: string, args: string[], env: NodeJS.ProcessEnv): number {
  const begin = performance.now();
  execFileSync(command, args, { env, stdio: ['ignore', 'ignore', 'inherit'], timeout: PATIENCE_MS });
  return rate(set, performance.now() - begin);
}

const ratio = (one: number, other: number | null) =>
  other === null ? null : Math.round((100 * one) / other) / 100;

/** Each in an RGW of its own, so that none works in what another left behind. */
async function onEmptyServer<T>(work: (s3: S3Settings) => Promise<T> | T): Promise<T> {
  const rgw = await startRgw();
  try {
    return await work(rgw.settings);
  } finally {
    await rgw.close();
  }
}

async function measure(set: FileSet): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-bench-sync-'));
  const source = path.join(folder, 'source');
  mkdirSync(source);
  const rclone = async (options: string[]) =>
    hasRclone
      ? onEmptyServer((s3) => {
          const args = ['copy', ...options, source, `bench:${s3.bucket}/copy`];
          return byCommand(set, 'rclone', args, rcloneEnvironment(s3));
        })
      : null;
  const aws = async () =>
    hasAws
      ? onEmptyServer((s3) => {
          const args = ['s3', 'sync', '--only-show-errors', '--endpoint-url', s3.endpoint];
          return byCommand(set, 'aws', [...args, source, `s3://${s3.bucket}/copy`], awsEnvironment(s3));
        })
      : null;
  try {
    const sync = await onEmptyServer((s3) => bySync(set, source, folder, s3));
    const byDefault = await rclone([]);
    const byTuned = await rclone(TUNED);
    return {
      set: `${set.files}x${set.size}`,
      sync_mb_s: sync,
      ...{ rclone_mb_s: byDefault, rclone_tuned_mb_s: byTuned, aws_mb_s: await aws() },
      ...{ ratio: ratio(sync, byDefault), ratio_tuned: ratio(sync, byTuned) },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (NO_RGW !== null) throw new Error(`this needs a Ceph RGW: ${NO_RGW}`);
const hasRclone = isInstalled('rclone');
const hasAws = isInstalled('aws');
const rows: Record<string, unknown>[] = [];
for (const full of SETS) {
  if (given.only && !full.size.includes(given.only)) continue;
  rows.push(await measure({ ...full, files: Math.max(1, Math.round(full.files * SCALE)) }));
  process.stderr.write(`${JSON.stringify(rows.at(-1))}\n`);
}
if (rows.length === 0) throw new Error(`no set has files of "${given.only}"`);
process.stdout.write(`${JSON.stringify({ bench: 'sync-vs-rclone', rows })}\n`);
