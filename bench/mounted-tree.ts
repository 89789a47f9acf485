import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { mountBucket, NO_MOUNT } from '#scripts/lib/rclone-mount.ts';
import { NO_RGW, startRgw } from '#scripts/lib/throwaway-rgw.ts';
import { createStore } from '#src/server/storage/create-store.ts';
import type { ObjectStore } from '#src/server/storage/object-store.port.ts';
import { startBackend } from './lib/backend.ts';
import { putPart } from './lib/put-part.ts';

/*
 * How soon jobs have what is stored in a bucket: from the answer that says so to an agent until all its bytes can be read in the tree that is
 * mounted for jobs (docs/operations.md). Somebody lists the folder all the time, so that the mount has just looked there and knows the object
 * not yet. Options: --objects N, --kib SIZE.
 */

const { values: given } = parseArgs({ options: { objects: { type: 'string' }, kib: { type: 'string' } } });
const OBJECTS = Number(given.objects ?? 100);
const OBJECT_BYTES = Number(given.kib ?? 1024) * 1024;
const LISTED_EVERY_MS = 50;
const LOOK_EVERY_MS = 5;
const PATIENCE_MS = 60_000;
/** Up to this between two objects, so that they meet the mount's cache at any age. */
const APART_MS = 600;

interface Row {
  what: 'in a known folder' | 'in a new folder' | 'in place of another';
  objects: number;
  p50_ms: number;
  p95_ms: number;
  max_ms: number;
}

/** Stores an object as an agent does. Resolves when it is told that it is stored. */
async function commit(store: ObjectStore, key: string, bytes: Buffer, replaces: boolean): Promise<void> {
  const sizeBytes = bytes.length;
  const of = { key, partBytes: OBJECT_BYTES, sizeBytes, isNew: !replaces };
  const { uploadRef } = await store.openUpload(of);
  const parts = [await putPart(store, { key, uploadRef, partBytes: OBJECT_BYTES }, bytes)];
  await store.completeUpload({ key, uploadRef, parts, sizeBytes, replace: replaces });
}

async function untilRead(file: string, bytes: Buffer): Promise<void> {
  for (const until = performance.now() + PATIENCE_MS; performance.now() < until; await sleep(LOOK_EVERY_MS)) {
    const found = await readFile(file).catch(() => null);
    if (found?.equals(bytes)) return;
  }
  throw new Error(`${file} cannot be read as it was stored`);
}

/** Lists a folder over and over, as file browsers and other jobs do, until it is told to stop. */
function listAllTheTime(folder: string): () => Promise<void> {
  let isOn = true;
  const listing = (async () => {
    for (; isOn; await sleep(LISTED_EVERY_MS)) await readdir(folder).catch(() => []);
  })();
  return async () => {
    isOn = false;
    await listing;
  };
}

async function measure(
  store: ObjectStore,
  code: string,
  what: Row['what'],
  keyOf: (nth: number) => string,
): Promise<Row> {
  const tree = store.localTree(code)!;
  const ms: number[] = [];
  const raw = path.join(tree, 'raw');
  for (let nth = 0; nth < OBJECTS; nth++) {
    const stop = listAllTheTime(what === 'in a new folder' ? raw : path.join(raw, 'known'));
    const bytes = randomBytes(OBJECT_BYTES);
    await sleep((APART_MS * nth) / OBJECTS);
    await commit(store, `${code}/${keyOf(nth)}`, bytes, what === 'in place of another');
    const storedMs = performance.now();
    await untilRead(path.join(tree, keyOf(nth)), bytes);
    ms.push(performance.now() - storedMs);
    await stop();
  }
  const sorted = ms.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1]!);
  const row = { what, objects: OBJECTS, p50_ms: at(0.5), p95_ms: at(0.95), max_ms: at(1) };
  process.stderr.write(`${JSON.stringify(row)}\n`);
  return row;
}

const missing = [NO_RGW, NO_MOUNT].filter((reason) => reason !== null);
if (missing.length > 0) throw new Error(`no bucket can be mounted here: ${missing.join('; ')}`);
const folder = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-bench-tree-'));
const ends: (() => Promise<void>)[] = [async () => rmSync(folder, { recursive: true, force: true })];
try {
  const rgw = await startRgw();
  ends.push(rgw.close);
  const mount = await mountBucket(rgw.settings);
  ends.push(mount.close);
  const backend = await startBackend(folder, { s3: rgw.settings });
  ends.push(backend.stop);
  const store = createStore({ ...backend.config, s3MountDir: mount.dir });
  // What a store can do is found out once, not for each object.
  await store.partCheck();
  const rows = [
    await measure(store, backend.experimentCode, 'in a known folder', (nth) => `raw/known/${nth}.cbf`),
    await measure(store, backend.experimentCode, 'in a new folder', (nth) => `raw/new-${nth}/0.cbf`),
    await measure(store, backend.experimentCode, 'in place of another', (nth) => `raw/known/${nth}.cbf`),
  ];
  process.stdout.write(`${JSON.stringify({ bench: 'mounted-tree', rows })}\n`);
} finally {
  for (const end of ends.toReversed()) await end();
}
