import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { Push } from 'zeromq';
import { FolderRig } from './testing/folder-rig.ts';
import { HubProcess } from './testing/hub-process.ts';
import { freePort, HubRig, until } from './testing/hub-rig.ts';
import { SlowLink, type SlowLinkOptions } from './testing/slow-link.ts';
import { testSeries, wholeSeries } from './testing/test-messages.ts';

/** A real HUB process, and a long way to the server: 40 ms there and back. */
const ROUND_TRIP_MS = 40;
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function linkTo(rig: HubRig, options: Omit<SlowLinkOptions, 'roundTripMs'>): Promise<SlowLink> {
  ends.push(() => rig.dispose());
  const link = await SlowLink.to(rig.peer.url, { roundTripMs: ROUND_TRIP_MS, ...options });
  ends.push(() => link.close());
  rig.config = { ...rig.config, serverUrl: link.url };
  rig.peer.publicUrl = link.url;
  return link;
}

function started(rig: HubRig, tables: readonly string[]): HubProcess {
  const hub = new HubProcess(rig, { tables });
  ends.push(() => hub.kill('SIGKILL'));
  hub.start();
  return hub;
}

/** Files are backlog when they were begun so long ago. */
const NEWEST_MS = 15_000;
const FRAME = { rows: 700, columns: 750 };
/** One image per data file. */
const SLOW_FRAMES = { frameTimeS: 1 };

it('on a slow link previews come first, then masters, then the newest data, then the backlog', async () => {
  const rig = await HubRig.create();
  const link = await linkTo(rig, { windowBytes: 32 * 1024, bytesPerS: 4_000_000 });
  const endpoint = `tcp://127.0.0.1:${await freePort()}`;
  const other = new Push({ linger: 0 });
  ends.push(async () => other.close());
  await other.bind(endpoint);
  const detector = (name: string, address: string) => [
    '[[detector]]',
    `name = "${name}"`,
    'protocol = "stream-v2"',
    `endpoints = ["${address}"]`,
    'series_timeout_s = 600',
  ];
  const hub = started(rig, [
    '[upload]',
    'concurrency = 1',
    ...detector('detector-1', rig.endpoint),
    ...detector('detector-2', endpoint),
  ]);
  const { recorded } = rig.peer;
  const frames = () => rig.peer.lastHeartbeat?.detectors[0]?.frames ?? 0;
  const dataOf = (series: number, count: number) =>
    Array.from({ length: count }, (_, n) => `raw/series_${series}_data_${String(n + 1).padStart(6, '0')}.h5`);
  const [backlog, newest] = [dataOf(2, 14), dataOf(3, 9)];
  const master = 'raw/series_1_master.h5';
  const isOpen = (file: string) => [...rig.peer.uploads.values()].some((upload) => upload.path === file);

  // All of a series is stored but its master, which is made at its end.
  const [start, image, end] = wholeSeries(testSeries(1, FRAME), 1, SLOW_FRAMES);
  for (const message of [start!, image!]) await other.send(message);
  await until(`the first series\n${hub.output}`, () => recorded.includes(dataOf(1, 1)[0]!), 60_000);
  link.bytesPerS = 200_000;
  await rig.send(wholeSeries(testSeries(2, FRAME), 14, SLOW_FRAMES));
  await until('the backlog', () => frames() === 14, 60_000);
  await sleep(NEWEST_MS);
  await rig.send(wholeSeries(testSeries(3, FRAME), 9, SLOW_FRAMES));
  await until('the newest data', () => newest.every(isOpen), 60_000);
  await other.send(end!);
  await until('the master', () => isOpen(master), 60_000);
  // The answer is on the slow way too; a heartbeat that was sent after it arrives after it was heard.
  const opened = Date.now();
  const beatOf = () => Date.parse(rig.peer.lastHeartbeat!.sentAt);
  await until('a later heartbeat', () => beatOf() > opened + 1000, 60_000);
  await until('a preview', () => recorded.includes('preview raw/series_3 0'), 60_000);
  // What comes now can overtake only what waits: not what is on its way, about one part of full size.
  expect(recorded.filter((what) => what === master || newest.includes(what))).toEqual([]);
  const underWay = rig.peer.lastHeartbeat!.sending!.parts;
  expect(underWay).toBeLessThanOrEqual(4);
  const gone = recorded.filter((what) => backlog.includes(what)).length + underWay;

  link.bytesPerS = 4_000_000;
  const allEnded = () =>
    rig.datasets().length === 3 && rig.datasets().every((dataset) => dataset.end !== null);
  await until('all three series', allEnded, 100_000);
  const at = (file: string) => {
    expect(recorded).toContain(file);
    return recorded.indexOf(file);
  };
  expect(newest.filter((file) => at(file) < at(master)).length).toBeLessThanOrEqual(underWay);
  const lastOfNewest = Math.max(...newest.map(at));
  expect(backlog.filter((file) => at(file) < lastOfNewest).length).toBeLessThanOrEqual(gone);
  expect(rig.peer.violations).toEqual([]);
}, 240_000);

const MIB = 1024 * 1024;
const PART_BYTES = 8 * MIB;
const MOST = 8;

/** Keeps enough files of one part waiting. */
class Supply {
  private readonly rig: FolderRig;
  written = 0;

  constructor(rig: FolderRig) {
    this.rig = rig;
  }

  fill(): void {
    while (this.written - this.rig.peer.sourceFiles.stored.length < 3 * MOST) {
      const fd = openSync(path.join(this.rig.landing, `f_${this.written++}.dat`), 'w');
      writeSync(fd, `file ${this.written}`);
      ftruncateSync(fd, PART_BYTES);
      closeSync(fd);
    }
  }

  async until(what: string, condition: () => boolean): Promise<void> {
    const isSo = () => {
      this.fill();
      return condition();
    };
    await until(what, isSo, 120_000);
  }
}

it('over a long way more parts go at once, few where the store says "later", and more again afterwards', async () => {
  const rig = await FolderRig.create();
  // 4 MB/s for each connection: a part of 8 MiB takes two seconds, however many there are.
  await linkTo(rig.hub, { windowBytes: 160 * 1024, bytesPerS: null });
  const hub = started(rig.hub, [
    '[upload]',
    `concurrency = ${MOST}`,
    '[landing]',
    `path = ${JSON.stringify(rig.landing)}`,
    'settle_s = 0.2',
  ]);
  const supply = new Supply(rig);
  const told = () => rig.peer.lastHeartbeat?.sending ?? { parts: 0, atOnce: 0 };
  await supply.until(`parts on their way\n${hub.output}`, () => told().parts > 0);
  expect(told().atOnce).toBe(4);
  await supply.until('more parts at once', () => told().atOnce >= 5 && told().parts >= 5);
  rig.peer.fault = ({ path: where }) => (where.startsWith('/parts/') ? 'slow' : null);
  await supply.until('fewer parts at once', () => told().atOnce === 1);
  rig.peer.fault = () => null;
  await supply.until('more parts again', () => told().atOnce >= 5 && told().parts >= 5);
  const { written } = supply;
  await until('every file', () => rig.peer.sourceFiles.stored.length === written, 120_000);
  expect(rig.peer.violations).toEqual([]);
}, 400_000);
