import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  type FSWatcher,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { NO_MOUNT } from '#scripts/lib/rclone-mount.ts';
import { NO_RGW } from '#scripts/lib/throwaway-rgw.ts';
import { encodeMiniCbf } from '#src/shared/codecs/cbf-encode.ts';
import {
  type Link,
  type Mover,
  startHubMover,
  startLsyncd,
  startRsyncLoop,
  startSyncMover,
  startSyncToRgw,
} from './lib/file-movers.ts';
import { WarmMemory } from './lib/warm-memory.ts';

/*
 * How old a file is when people can have it: from its creation in a folder at the instrument until it is readable, whole, in the
 * experiment's tree. Files are written the way a file writer does, in one go under their final name. Beside HUB and SYNC, over the same link
 * and in the same run: rsync in a loop, and lsyncd; SYNC also into a bucket, whose tree is mounted as for jobs (and when each file was recorded
 * in the database). Folder and tree lie in memory, as an instrument and a store have
 * media of their own, and once on one disk. Options: --seconds N (of writing), --only TEXT (rows by their name).
 */

const { values: given } = parseArgs({ options: { seconds: { type: 'string' }, only: { type: 'string' } } });
const SECONDS = Number(given.seconds ?? 20);
/** How often is looked for the folder; what appears in it tells itself. */
const LOOK_EVERY_MS = 2;
/** In a mounted bucket all is found by looking. */
const MOUNT_LOOK_EVERY_MS = 20;
const PAUSE_MS = 10;
const PATIENCE_MS = 120_000;

interface FileSet {
  name: string;
  rateHz: number;
  extension: string;
  content: (nth: number) => Uint8Array;
}

const md5Base64 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('base64');

/** Counts of a background that byte offset cannot compress below a byte per pixel, so about 6.3 MB as from a Pilatus3 6M. */
function cbfContents(): (nth: number) => Uint8Array {
  const [rows, columns] = [2527, 2463];
  const pixels = new Int32Array(rows * columns);
  const noise = randomBytes(pixels.length);
  for (let pixel = 0; pixel < pixels.length; pixel++) pixels[pixel] = noise[pixel]! & 0x1f;
  const made = Array.from({ length: 4 }, (_, nth) => {
    pixels[nth] = 1000 + nth;
    return encodeMiniCbf({ rows, columns, pixels }, md5Base64);
  });
  return (nth) => made[nth % made.length]!;
}

/** Bytes that cannot be compressed; every file differs from every other in its first eight. */
function differentContents(sizeBytes: number): (nth: number) => Uint8Array {
  const content = randomBytes(sizeBytes);
  return (nth) => {
    content.writeBigUInt64LE(BigInt(nth));
    return content;
  };
}

const SETS: readonly FileSet[] = [
  { name: 'cbf-6.3mb', rateHz: 20, extension: 'cbf', content: cbfContents() },
  {
    name: '1mb',
    rateHz: 100,
    extension: 'dat',
    content: differentContents(1e6),
  },
];

const LINKS: readonly Link[] = [
  { name: 'loopback', order: null },
  { name: '1gbit-40ms', order: { bytesPerS: 125e6, roundTripMs: 40 } },
];

/** Where the folder at the instrument and the tree lie: both on it. */
const MEDIA = [
  { name: 'tmpfs', folder: '/dev/shm' },
  { name: 'disk', folder: os.tmpdir() },
] as const;

function isInstalled(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write(`${program} is not installed: its rows are left out\n`);
    return false;
  }
}

const noBucket = [NO_RGW, NO_MOUNT].filter((reason) => reason !== null);
if (noBucket.length > 0) process.stderr.write(`rows of a bucket are left out: ${noBucket.join('; ')}\n`);

const MODES: readonly {
  name: string;
  isLocalOnly?: boolean;
  start: (source: string, base: string, link: Link) => Promise<Mover>;
}[] = [
  { name: 'hub', start: startHubMover },
  { name: 'sync', start: startSyncMover },
  // The bucket is reached without the link: only what passes it is measured.
  ...(noBucket.length === 0 ? [{ name: 'sync-rgw', isLocalOnly: true, start: startSyncToRgw }] : []),
  ...(isInstalled('rsync') ? [{ name: 'rsync-loop', start: startRsyncLoop }] : []),
  ...(isInstalled('rsync') && isInstalled('lsyncd') ? [{ name: 'lsyncd', start: startLsyncd }] : []),
];

interface Waiting {
  createdMs: number;
  sizeBytes: number;
}

/** Sees files arrive in a folder that tells of its changes; calls back with their names. */
function watchTree(
  folder: string,
  waiting: ReadonlyMap<string, Waiting>,
  arrived: (name: string) => void,
): TreeLook {
  const look = (name: string) => {
    const sent = waiting.get(name);
    const target = path.join(folder, name);
    if (sent && existsSync(target) && statSync(target).size === sent.sizeBytes) arrived(name);
  };
  const lookAtAll = () => [...waiting.keys()].forEach(look);
  let watcher: FSWatcher | null = null;
  /** The folder itself comes with the first file. */
  const watchWhenThere = () => {
    if (watcher !== null || !existsSync(folder)) return;
    watcher = watch(folder, (_event, name) => name && look(name));
    lookAtAll();
  };
  const looking = setInterval(watchWhenThere, LOOK_EVERY_MS);
  const lookingAgain = setInterval(lookAtAll, 1000);
  return {
    async stop() {
      clearInterval(looking);
      clearInterval(lookingAgain);
      watcher?.close();
    },
  };
}

/** Sees files arrive in a mounted bucket, where only looking tells: a file is there when it has its size and its last byte can be read. */
function lookThroughMount(
  folder: string,
  waiting: ReadonlyMap<string, Waiting>,
  arrived: (name: string) => void,
): TreeLook {
  const isWhole = async (name: string, sizeBytes: number) => {
    const handle = await open(path.join(folder, name));
    try {
      if ((await handle.stat()).size !== sizeBytes) return false;
      return (await handle.read(Buffer.allocUnsafe(1), 0, 1, sizeBytes - 1)).bytesRead === 1;
    } finally {
      await handle.close();
    }
  };
  const look = async (name: string) => {
    const sent = waiting.get(name);
    // What cannot be read yet is looked at again.
    if (sent && (await isWhole(name, sent.sizeBytes).catch(() => false))) arrived(name);
  };
  let isOn = true;
  const looking = (async () => {
    for (; isOn; await sleep(MOUNT_LOOK_EVERY_MS)) {
      // Asynchronous all of it: the writer of the files must not wait for the bucket.
      const names = await readdir(folder).catch(() => []);
      await Promise.all(names.map(look));
    }
  })();
  return {
    async stop() {
      isOn = false;
      await looking;
    },
  };
}

interface TreeLook {
  stop(): Promise<void>;
}

/** Writes the files at their rate and waits for each in the tree; milliseconds from creation, file by file. */
async function latencies(
  source: string,
  set: FileSet,
  { folder, isMounted, recorded }: Mover,
): Promise<{ readableMs: number[]; recordedMs: number[]; seconds: number }> {
  const count = Math.round(SECONDS * set.rateHz);
  const waiting = new Map<string, Waiting>();
  const created = new Map<string, number>();
  const readableMs: number[] = [];
  const recordedMs: number[] = [];
  const beginMs = performance.now();
  let written = 0;
  const arrived = (name: string) => {
    const sent = waiting.get(name);
    if (!sent) return;
    readableMs.push(performance.now() - sent.createdMs);
    waiting.delete(name);
  };
  const looking = (isMounted ? lookThroughMount : watchTree)(folder, waiting, arrived);
  try {
    while (written < count || waiting.size > 0 || (recorded && recordedMs.length < count)) {
      if (written < count && performance.now() >= beginMs + (written * 1000) / set.rateHz) {
        const name = `run_${String(written + 1).padStart(5, '0')}.${set.extension}`;
        const content = set.content(written++);
        const createdMs = performance.now();
        created.set(name, createdMs);
        waiting.set(name, { createdMs, sizeBytes: content.length });
        writeFileSync(path.join(source, name), content);
      }
      for (const name of recorded?.() ?? []) recordedMs.push(performance.now() - created.get(name)!);
      const nextMs = beginMs + (written * 1000) / set.rateHz - performance.now();
      await sleep(written < count ? Math.max(0, Math.min(PAUSE_MS, nextMs)) : PAUSE_MS);
      if (performance.now() > beginMs + SECONDS * 1000 + PATIENCE_MS) {
        throw new Error(
          `${waiting.size} of ${count} files never came, the first is ${[...waiting.keys()][0]}`,
        );
      }
    }
    return { readableMs, recordedMs, seconds: (performance.now() - beginMs) / 1000 };
  } finally {
    await looking.stop();
  }
}

/** Mean and percentiles of times, as columns with that beginning. */
function columns(ms: readonly number[], beginning = ''): Record<string, number> {
  const sorted = ms.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1]!);
  return {
    [`${beginning}mean_ms`]: Math.round(ms.reduce((sum, each) => sum + each, 0) / ms.length),
    [`${beginning}p50_ms`]: at(0.5),
    [`${beginning}p95_ms`]: at(0.95),
    [`${beginning}p99_ms`]: at(0.99),
  };
}

const rows: Record<string, unknown>[] = [];
const all = MEDIA.flatMap((medium) =>
  LINKS.flatMap((link) => SETS.flatMap((set) => MODES.map((mode) => ({ medium, link, set, mode })))),
);
const wanted = all.filter(({ medium, link, set, mode }) => {
  const title = `${mode.name} ${set.name} ${link.name} ${medium.name}`;
  if (given.only && !title.includes(given.only)) return false;
  // Over the link the disk changes little.
  return link.order === null || !(mode.isLocalOnly || medium.name === 'disk');
});
for (const { medium, link, set, mode } of wanted) {
  const writtenBytes = 2 * SECONDS * set.rateHz * set.content(0).length;
  const warm = medium.name === 'tmpfs' ? new WarmMemory(writtenBytes) : null;
  const base = mkdtempSync(path.join(medium.folder, 'beamdeck-bench-'));
  const source = path.join(base, 'source');
  mkdirSync(source);
  const mover = await mode.start(source, base, link);
  try {
    const { readableMs, recordedMs, seconds } = await latencies(source, set, mover);
    rows.push({
      mode: mode.name,
      set: set.name,
      link: link.name,
      medium: medium.name,
      files: readableMs.length,
      gbit_s: Math.round((readableMs.length * set.content(0).length * 8) / seconds / 1e7) / 100,
      ...columns(readableMs),
      ...(recordedMs.length > 0 ? columns(recordedMs, 'recorded_') : {}),
    });
    process.stderr.write(`${JSON.stringify(rows.at(-1))}\n`);
  } finally {
    await mover.stop();
    warm?.end();
    rmSync(base, { recursive: true, force: true });
  }
}
if (rows.length === 0) throw new Error(`no row is called "${given.only}"`);
process.stdout.write(`${JSON.stringify({ bench: 'ingest-latency', rows })}\n`);
