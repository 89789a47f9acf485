import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '#scripts/lib/embedded-postgres.ts';
import { mountBucket } from '#scripts/lib/rclone-mount.ts';
import { startRgw } from '#scripts/lib/throwaway-rgw.ts';
import { type Backend, type ServerPort, startBackend } from './backend.ts';
import { end, hear, startChild } from './children.ts';
import { startHubChild } from './hub-child.ts';
import type { SlowLinkOrder } from './slow-link.ts';
import { startSyncChild } from './sync-child.ts';

/** What brings files from one folder to another over a link: our agents, and what else there is. */

export interface Link {
  name: string;
  order: Omit<SlowLinkOrder, 'ports'> | null;
}

/** Something that brings files from `source` to where people can read them. */
export interface Mover {
  /** The folder of a tree in which they appear under their names. */
  folder: string;
  /** The tree is a mounted bucket: nothing tells what appears in it. */
  isMounted: boolean;
  /** Names of those recorded in the database since it was asked last; null where that is not asked. */
  recorded: (() => string[]) | null;
  stop(): Promise<void>;
}

const ON_DISK = { isMounted: false, recorded: null } as const;

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

/** Ports for agent interface and data server, behind the link. */
export async function portsBehind(link: Link) {
  const listening = [await freePort(), await freePort()];
  const relay = await overLink(link, listening);
  const [api, data] = listening.map((port, nth) => ({ listening: port, reached: relay.ports[nth]! }));
  return { relay, ports: { api: api!, data: data! } satisfies Record<string, ServerPort> };
}

export async function startHubMover(source: string, base: string, link: Link): Promise<Mover> {
  const storeDir = path.join(base, 'store');
  const { relay, ports } = await portsBehind(link);
  const backend = await startBackend(storeDir, { ports });
  const landing = `[landing]\npath = "${source}"\n`;
  const hub = await startHubChild(backend, path.join(base, 'hub'), '256 MiB', landing);
  return {
    folder: path.join(storeDir, backend.experimentCode, 'raw'),
    ...ON_DISK,
    async stop() {
      await end(hub.process);
      await backend.stop();
      await relay.stop();
    },
  };
}

export async function startSyncMover(source: string, base: string, link: Link): Promise<Mover> {
  const storeDir = path.join(base, 'store');
  const { relay, ports } = await portsBehind(link);
  const backend = await startBackend(storeDir, { ports });
  const sync = await startSyncChild(backend, path.join(base, 'sync'), source);
  return {
    folder: path.join(storeDir, backend.experimentCode, 'raw'),
    ...ON_DISK,
    async stop() {
      await end(sync);
      await backend.stop();
      await relay.stop();
    },
  };
}

/** Names of the files recorded since it was asked last. */
function recordedBy({ files }: Backend): () => string[] {
  let heard = 0;
  return () => {
    const news = files.slice(heard);
    heard += news.length;
    return news.map((file) => path.posix.basename(file.path));
  };
}

/** Into a bucket of a Ceph RGW, which is mounted as it is for jobs. */
export async function startSyncToRgw(source: string, base: string, link: Link): Promise<Mover> {
  const rgw = await startRgw();
  const mount = await mountBucket(rgw.settings);
  const { relay, ports } = await portsBehind(link);
  const backend = await startBackend(path.join(base, 'none'), { ports, s3: rgw.settings });
  const sync = await startSyncChild(backend, path.join(base, 'sync'), source);
  return {
    folder: path.join(mount.dir, backend.experimentCode, 'raw'),
    isMounted: true,
    recorded: recordedBy(backend),
    async stop() {
      await end(sync);
      await backend.stop();
      await relay.stop();
      await mount.close();
      await rgw.close();
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

export async function startRsyncLoop(source: string, base: string, link: Link): Promise<Mover> {
  const { tree, url, stop } = await startRsyncd(base, link);
  let running = true;
  const looping = (async () => {
    while (running) {
      const child = spawn('rsync', ['-a', `${source}/`, url], { stdio: 'ignore' });
      await new Promise((resolve) => child.once('exit', resolve));
    }
  })();
  return {
    folder: tree,
    ...ON_DISK,
    async stop() {
      running = false;
      await looping;
      await stop();
    },
  };
}

export async function startLsyncd(source: string, base: string, link: Link): Promise<Mover> {
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
    folder: tree,
    ...ON_DISK,
    async stop() {
      await end(child);
      await stop();
    },
  };
}
