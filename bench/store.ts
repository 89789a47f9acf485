import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { NO_RGW, startRgw } from '#scripts/lib/throwaway-rgw.ts';
import { createStore } from '#src/server/storage/create-store.ts';
import type { ObjectStore } from '#src/server/storage/object-store.port.ts';
import { type Backend, startBackend } from './lib/backend.ts';
import { putPart } from './lib/put-part.ts';
import { isInstalled, rcloneEnvironment } from './lib/rclone.ts';

/*
 * What a store does in a second: whole objects put (parts by signed addresses, checked, made durable and named), got, and read in ranges, as
 * agents and browsers do. Beside it, in the same run: the bare disk, and rclone on the same S3 server.
 * Options: --objects N, --mib SIZE, --at-once N.
 */

const { values: given } = parseArgs({
  options: { objects: { type: 'string' }, mib: { type: 'string' }, 'at-once': { type: 'string' } },
});
const OBJECTS = Number(given.objects ?? 64);
const OBJECT_BYTES = Number(given.mib ?? 8) * 1024 * 1024;
const AT_ONCE = Number(given['at-once'] ?? 4);
const RANGE_BYTES = 1024 * 1024;

interface Row {
  store: string;
  op: 'put' | 'get' | 'range-get';
  mb_s: number;
  p95_ms: number | null;
}
const rows: Row[] = [];

function note(row: Row): void {
  rows.push(row);
  process.stderr.write(`${JSON.stringify(row)}\n`);
}

/** Does `work` for each object, so many at once. */
async function measure(
  store: string,
  op: Row['op'],
  bytesEach: number,
  work: (nth: number) => Promise<void>,
): Promise<void> {
  const ms: number[] = [];
  let next = 0;
  const begin = performance.now();
  const worker = async () => {
    for (let nth = next++; nth < OBJECTS; nth = next++) {
      const before = performance.now();
      await work(nth);
      ms.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const seconds = (performance.now() - begin) / 1000;
  const sorted = ms.toSorted((a, b) => a - b);
  note({
    ...{ store, op },
    mb_s: Math.round((OBJECTS * bytesEach) / seconds / 1e6),
    p95_ms: Math.round(10 * sorted[Math.ceil(0.95 * sorted.length) - 1]!) / 10,
  });
}

const content = randomBytes(OBJECT_BYTES);
/** Every object differs from every other. */
function contentOf(nth: number): Buffer {
  const own = Buffer.from(content);
  own.writeUInt32LE(nth);
  return own;
}

const rangeOf = (nth: number) => ((nth * 7919) % (OBJECT_BYTES / RANGE_BYTES)) * RANGE_BYTES;

async function fetched(answer: Promise<Response>, wanted: number): Promise<void> {
  const response = await answer;
  const { byteLength } = await response.arrayBuffer();
  if (!response.ok || byteLength !== wanted) throw new Error(`HTTP ${response.status}, ${byteLength} bytes`);
}

async function put(store: ObjectStore, key: string, bytes: Buffer): Promise<void> {
  const sizeBytes = bytes.length;
  const { uploadRef } = await store.openUpload({ key, partBytes: OBJECT_BYTES, sizeBytes });
  const parts = [await putPart(store, { key, uploadRef, partBytes: OBJECT_BYTES }, bytes)];
  await store.completeUpload({ key, uploadRef, parts, sizeBytes });
}

async function measureStore(name: string, { config, experimentCode }: Backend): Promise<void> {
  const store = createStore(config);
  // What a store can do is found out once, not for each object.
  await store.partCheck();
  const keyOf = (nth: number) => `${experimentCode}/raw/bench/${nth}.bin`;
  await measure(name, 'put', OBJECT_BYTES, (nth) => put(store, keyOf(nth), contentOf(nth)));
  await measure(name, 'get', OBJECT_BYTES, async (nth) =>
    fetched(fetch((await store.signGet(keyOf(nth))).url), OBJECT_BYTES),
  );
  await measure(name, 'range-get', RANGE_BYTES, async (nth) => {
    const offset = rangeOf(nth);
    const headers = { range: `bytes=${offset}-${offset + RANGE_BYTES - 1}` };
    await fetched(fetch((await store.signGet(keyOf(nth))).url, { headers }), RANGE_BYTES);
  });
}

async function measureDisk(folder: string): Promise<void> {
  mkdirSync(folder);
  const fileOf = (nth: number) => path.join(folder, `${nth}.bin`);
  await measure('disk', 'put', OBJECT_BYTES, async (nth) => {
    const handle = await open(fileOf(nth), 'w');
    await handle.write(contentOf(nth));
    await handle.datasync();
    await handle.close();
  });
  const read = (offset: (nth: number) => number, length: number) => async (nth: number) => {
    const handle = await open(fileOf(nth));
    await handle.read(Buffer.allocUnsafe(length), 0, length, offset(nth));
    await handle.close();
  };
  await measure(
    'disk',
    'get',
    OBJECT_BYTES,
    read(() => 0, OBJECT_BYTES),
  );
  await measure('disk', 'range-get', RANGE_BYTES, read(rangeOf, RANGE_BYTES));
}

/** Whole folders, since each start of rclone costs more than an object. */
function measureRclone(folder: string, env: NodeJS.ProcessEnv, bucket: string): void {
  const source = path.join(folder, 'rclone');
  mkdirSync(source);
  for (let nth = 0; nth < OBJECTS; nth++) writeFileSync(path.join(source, `${nth}.bin`), contentOf(nth));
  const copy = (op: Row['op'], from: string, to: string) => {
    const begin = performance.now();
    execFileSync('rclone', ['copy', `--transfers=${AT_ONCE}`, from, to], { env, stdio: 'inherit' });
    const seconds = (performance.now() - begin) / 1000;
    const mb_s = Math.round((OBJECTS * OBJECT_BYTES) / seconds / 1e6);
    note({ store: 'rclone-rgw', op, mb_s, p95_ms: null });
  };
  copy('put', source, `bench:${bucket}/rclone`);
  copy('get', `bench:${bucket}/rclone`, path.join(folder, 'back'));
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-bench-store-'));
try {
  await measureDisk(path.join(folder, 'disk'));
  const onDisk = await startBackend(path.join(folder, 'store'));
  try {
    await measureStore('fs', onDisk);
  } finally {
    await onDisk.stop();
  }
  if (NO_RGW !== null) process.stderr.write(`rows of the S3 store are left out: ${NO_RGW}\n`);
  else {
    const rgw = await startRgw();
    try {
      const onBucket = await startBackend(folder, { s3: rgw.settings });
      try {
        await measureStore('s3-rgw', onBucket);
      } finally {
        await onBucket.stop();
      }
      if (isInstalled('rclone')) {
        measureRclone(folder, rcloneEnvironment(rgw.settings), rgw.settings.bucket);
      }
    } finally {
      await rgw.close();
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`${JSON.stringify({ bench: 'store', rows })}\n`);
