import { execFileSync, spawn } from 'node:child_process';
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
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort } from '#scripts/lib/embedded-postgres.ts';
import { encodeMiniCbf } from '#src/shared/codecs/cbf-encode.ts';
import { startBackend } from './lib/backend.ts';
import { end, hear, startChild } from './lib/children.ts';
import { startHubChild } from './lib/hub-child.ts';
import type { SlowLinkOrder } from './lib/slow-link.ts';

/*
 * How old a file is when people can have it: from its creation in a folder at the instrument until it is readable, whole, in the
 * experiment's tree. Files are written the way a file writer does, in one go under their final name. Beside the HUB, over the same link and
 * in the same run: rsync in a loop, and lsyncd. Options: --seconds N (of writing), --only TEXT (rows by their name).
 */

const { values: given } = parseArgs({ options: { seconds: { type: 'string' }, only: { type: 'string' } } });
const SECONDS = Number(given.seconds ?? 20);
/** How often is looked for the folder; what appears in it tells itself. */
const LOOK_EVERY_MS = 2;
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

interface Link {
  name: string;
  order: Omit<SlowLinkOrder, 'ports'> | null;
}

const LINKS: readonly Link[] = [
  { name: 'loopback', order: null },
  { name: '1gbit-40ms', order: { bytesPerS: 125e6, roundTripMs: 40 } },
];

/** Something that brings files from `source` into a tree; `treeOf` says where they then are. */
interface Mover {
  targetOf(name: string): string;
  stop(): Promise<void>;
}

/** The port by which `target` is reached over the link. */
async function overLink(
  link: Link,
  targets: readonly number[],
): Promise<{ ports: number[]; stop(): Promise<void> }> {
  if (link.order === null) return { ports: [...targets], stop: async () => undefined };
  const ports: number[] = [];
  for (const _ of targets) ports.push(await freePort());
  const order: SlowLinkOrder = {
    ...link.order,
    ports: Object.fromEntries(ports.map((port, nth) => [port, targets[nth]!])),
  };
  const child = startChild('slow-link.ts', order);
  await hear(child, 'ready');
  return { ports, stop: () => end(child) };
}

async function startHubMover(source: string, base: string, link: Link): Promise<Mover> {
  const storeDir = path.join(base, 'store');
  const listening = [await freePort(), await freePort()];
  const relay = await overLink(link, listening);
  const [api, data] = listening.map((port, nth) => ({ listening: port, reached: relay.ports[nth]! }));
  const backend = await startBackend(storeDir, { ports: { api: api!, data: data! } });
  const landing = `[landing]\npath = "${source}"\n`;
  const hub = await startHubChild(backend, path.join(base, 'hub'), '256 MiB', landing);
  return {
    targetOf: (name) => path.join(storeDir, backend.experimentCode, 'raw', name),
    async stop() {
      await end(hub.process);
      await backend.stop();
      await relay.stop();
    },
  };
}

/** An rsync daemon behind the link, for both of the others. */
async function startRsyncd(base: string, link: Link) {
  const tree = path.join(base, 'tree');
  mkdirSync(tree);
  const port = await freePort();
  const config = path.join(base, 'rsyncd.conf');
  writeFileSync(
    config,
    `port = ${port}\naddress = 127.0.0.1\nuse chroot = no\nlog file = /dev/null\npid file = ${base}/rsyncd.pid\n` +
      `[tree]\npath = ${tree}\nread only = no\nuid = ${process.getuid!()}\ngid = ${process.getgid!()}\n`,
  );
  const daemon = spawn('rsync', ['--daemon', '--no-detach', `--config=${config}`], { stdio: 'ignore' });
  const relay = await overLink(link, [port]);
  await sleep(300);
  return {
    tree,
    url: `rsync://127.0.0.1:${relay.ports[0]}/tree/`,
    async stop() {
      await end(daemon);
      await relay.stop();
    },
  };
}

async function startRsyncLoop(source: string, base: string, link: Link): Promise<Mover> {
  const { tree, url, stop } = await startRsyncd(base, link);
  let running = true;
  const looping = (async () => {
    while (running) {
      const child = spawn('rsync', ['-a', `${source}/`, url], { stdio: 'ignore' });
      await new Promise((resolve) => child.once('exit', resolve));
    }
  })();
  return {
    targetOf: (name) => path.join(tree, name),
    async stop() {
      running = false;
      await looping;
      await stop();
    },
  };
}

async function startLsyncd(source: string, base: string, link: Link): Promise<Mover> {
  const { tree, url, stop } = await startRsyncd(base, link);
  const config = path.join(base, 'lsyncd.lua');
  writeFileSync(
    config,
    `settings { nodaemon = true, inotifyMode = "CloseWrite" }\n` +
      `sync { default.rsync, source = "${source}", target = "${url}", delay = 1, delete = false, rsync = { archive = true } }\n`,
  );
  const child = spawn('lsyncd', [config], { stdio: 'ignore' });
  await sleep(1500);
  return {
    targetOf: (name) => path.join(tree, name),
    async stop() {
      await end(child);
      await stop();
    },
  };
}

function isInstalled(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write(`${program} is not installed: its rows are left out\n`);
    return false;
  }
}

const MODES: readonly {
  name: string;
  start: (source: string, base: string, link: Link) => Promise<Mover>;
}[] = [
  { name: 'hub', start: startHubMover },
  ...(isInstalled('rsync') ? [{ name: 'rsync-loop', start: startRsyncLoop }] : []),
  ...(isInstalled('rsync') && isInstalled('lsyncd') ? [{ name: 'lsyncd', start: startLsyncd }] : []),
];

/** Writes the files at their rate and waits for each in the tree; milliseconds from creation to readable, file by file. */
async function latencies(
  source: string,
  set: FileSet,
  mover: Mover,
): Promise<{ ms: number[]; seconds: number }> {
  const count = Math.round(SECONDS * set.rateHz);
  const waiting = new Map<string, { createdMs: number; sizeBytes: number }>();
  const ms: number[] = [];
  const beginMs = performance.now();
  let written = 0;
  const look = (name: string) => {
    const sent = waiting.get(name);
    const target = mover.targetOf(name);
    if (!sent || !existsSync(target) || statSync(target).size !== sent.sizeBytes) return;
    ms.push(performance.now() - sent.createdMs);
    waiting.delete(name);
  };
  const lookAtAll = () => [...waiting.keys()].forEach(look);
  const folder = path.dirname(mover.targetOf('any'));
  /** The tree tells what appears in it; the folder itself comes with the first file. */
  let watcher: FSWatcher | null = null;
  const watchWhenThere = () => {
    if (watcher || !existsSync(folder)) return;
    watcher = watch(folder, (_event, name) => name && look(name));
    lookAtAll();
  };
  const lookingAgain = setInterval(lookAtAll, 1000);
  while (written < count || waiting.size > 0) {
    if (written < count && performance.now() >= beginMs + (written * 1000) / set.rateHz) {
      const name = `run_${String(written + 1).padStart(5, '0')}.${set.extension}`;
      const content = set.content(written++);
      waiting.set(name, { createdMs: performance.now(), sizeBytes: content.length });
      writeFileSync(path.join(source, name), content);
    }
    watchWhenThere();
    const nextMs = beginMs + (written * 1000) / set.rateHz - performance.now();
    const pauseMs = watcher ? LOOK_EVERY_MS * 5 : LOOK_EVERY_MS;
    await sleep(written < count ? Math.max(0, Math.min(pauseMs, nextMs)) : pauseMs);
    if (performance.now() > beginMs + SECONDS * 1000 + PATIENCE_MS) {
      throw new Error(`${waiting.size} of ${count} files never came, the first is ${[...waiting.keys()][0]}`);
    }
  }
  clearInterval(lookingAgain);
  (watcher as FSWatcher | null)?.close();
  return { ms, seconds: (performance.now() - beginMs) / 1000 };
}

const rows: Record<string, unknown>[] = [];
for (const link of LINKS) {
  for (const set of SETS) {
    for (const mode of MODES) {
      const title = `${mode.name} ${set.name} ${link.name}`;
      if (given.only && !title.includes(given.only)) continue;
      const base = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-bench-'));
      const source = path.join(base, 'source');
      mkdirSync(source);
      const mover = await mode.start(source, base, link);
      try {
        const { ms, seconds } = await latencies(source, set, mover);
        const sorted = ms.toSorted((a, b) => a - b);
        const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1]!);
        rows.push({
          mode: mode.name,
          set: set.name,
          link: link.name,
          files: ms.length,
          gbit_s: Math.round((ms.length * set.content(0).length * 8) / seconds / 1e7) / 100,
          mean_ms: Math.round(ms.reduce((sum, each) => sum + each, 0) / ms.length),
          p50_ms: at(0.5),
          p95_ms: at(0.95),
          p99_ms: at(0.99),
        });
        process.stderr.write(`${JSON.stringify(rows.at(-1))}\n`);
      } finally {
        await mover.stop();
        rmSync(base, { recursive: true, force: true });
      }
    }
  }
}
if (rows.length === 0) throw new Error(`no row is called "${given.only}"`);
process.stdout.write(`${JSON.stringify({ bench: 'ingest-latency', rows })}\n`);
