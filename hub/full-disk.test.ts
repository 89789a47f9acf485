import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Journal } from './agent/journal.ts';
import { HubRig, until } from './testing/hub-rig.ts';
import { canMount, SmallDisk } from './testing/small-disk.ts';
import { storedFrames, storedPixels } from './testing/stored-frames.ts';
import { endMessage, imageMessage, startMessage, testPixels, testSeries } from './testing/test-messages.ts';

/** A HUB whose state folder or buffer lies on a disk that is full at the worst moments. */
let rig: HubRig;
let disk: SmallDisk;

const MIB = 1024 * 1024;
/** 20 kB a frame, so that a few of them fill what is left. */
const series = testSeries(1, { rows: 100, columns: 100 });
const frames = (from: number, to: number, of = series) =>
  Array.from({ length: to - from }, (_, index) => imageMessage(of, from + index));
const ended = () => rig.datasets().length > 0 && rig.datasets().every(({ end }) => end !== null);
const received = () => rig.peer.lastHeartbeat?.detectors[0]?.series?.received ?? 0;
const reported = (code: string) => until(code, () => rig.codes().includes(code));
const storedFiles = () => rig.peer.files.map(({ path: file }) => path.basename(file)).sort();

function spooledFiles(): string[] {
  return readdirSync(path.join(rig.folder, 'spool'), { recursive: true, encoding: 'utf8' })
    .map((name) => path.basename(name))
    .filter((name) => name.endsWith('.h5'))
    .sort();
}

/** One that was put together after this call. */
async function anotherHeartbeat(): Promise<void> {
  const now = new Date().toISOString();
  await until('another heartbeat', () => rig.peer.lastHeartbeat!.sentAt > now);
}

/** How many files the buffer keeps for later use. */
function keptFiles(): number {
  const spool = path.join(rig.folder, 'spool');
  const [own] = readdirSync(spool).filter((name) => name.startsWith('beamdeck-hub-'));
  return readdirSync(path.join(spool, own!, 'free')).length;
}

function expectEveryFrameOnce(count: number, of = series): void {
  const { datasetId, end } = rig.datasets().find(({ request }) => request.seriesId === of.seriesId)!;
  expect(end).toMatchObject({ ending: 'end-message', framesReceived: count, missing: [], lost: [] });
  const stored = storedFrames(rig, datasetId, 'threshold_1');
  expect([...stored.keys()].sort((a, b) => a - b)).toEqual([...Array(count).keys()]);
  for (const frame of stored.keys()) {
    expect(storedPixels(rig, datasetId, 'threshold_1', frame)).toEqual(testPixels(of, frame));
  }
  expect(rig.peer.violations).toEqual([]);
}

beforeEach(async () => {
  rig = await HubRig.create();
});
afterEach(async () => {
  await rig.stop();
  disk?.unmount();
  await rig.dispose();
});

describe.skipIf(!canMount)('the state folder on a full disk (needs root, to mount a small one)', () => {
  beforeEach(() => {
    disk = new SmallDisk(rig.config.stateDir, 4 * MIB);
  });

  it('data are taken and sent, nothing is removed from the buffer, and afterwards the journal knows all', async () => {
    rig.start();
    await rig.send([startMessage(series, { numberOfImages: 30 }), ...frames(0, 15)]);
    await until('15 frames received', () => received() === 15);
    await until('the first file stored', () => storedFiles().length === 1 && spooledFiles().length === 1);
    disk.fill();
    await rig.send([...frames(15, 30), endMessage(series)]);
    await reported('state-folder-full');
    const told = rig.peer.reports.find(({ code }) => code === 'state-folder-full')!;
    expect(told).toMatchObject({ level: 'error', count: 1 });
    expect(told.message).toContain(`${rig.config.stateDir} cannot be written (database or disk is full)`);
    expect(rig.peer.lastHeartbeat!.lastError).toMatchObject({ code: 'state-folder-full' });
    await until('all files stored', () => storedFiles().length === 3);
    // Beats go on, and with them the tries.
    await anotherHeartbeat();
    expect(spooledFiles()).toEqual(['data_000002.h5', 'data_000003.h5']);
    expect(rig.datasets()[0]!.end).toBeNull();

    disk.empty();
    await until('the end of the series', ended);
    await reported('state-folder-writable');
    expect(rig.codes().filter((code) => code === 'state-folder-full')).toHaveLength(1);
    expectEveryFrameOnce(30);
    await until('the buffer empty', () => spooledFiles().length === 0);
    await rig.stop();
    const journal = new Journal(rig.config.stateDir);
    expect(journal.unfinishedSeries()).toEqual([]);
    expect(journal.seriesState(rig.datasets()[0]!.request.seriesKey)).toBe('closed');
    journal.close();
  });

  it('a HUB stopped meanwhile knows the beginning afterwards, and goes on from the buffer', async () => {
    rig.start();
    await rig.send([startMessage(series, { numberOfImages: 30 }), ...frames(0, 5)]);
    await until('5 frames received', () => received() === 5);
    disk.fill();
    await rig.send(frames(5, 25));
    await reported('state-folder-full');
    await until('two files stored', () => storedFiles().length === 2);
    await rig.stop();
    disk.empty();
    rig.start();
    await rig.send([...frames(25, 30), endMessage(series)]);
    await until('the end of the series', ended);
    expectEveryFrameOnce(30);
  });

  it('is not begun on: the start says what to do', () => {
    mkdirSync(rig.config.stateDir, { recursive: true });
    disk.fill();
    expect(() => rig.start()).toThrow(
      `the state folder ${rig.config.stateDir} cannot be written (database or disk is full); free space on its disk and start again`,
    );
  });
});

describe.skipIf(!canMount)('the buffer on a full disk (needs root, to mount a small one)', () => {
  beforeEach(() => {
    disk = new SmallDisk(path.join(rig.folder, 'spool'), 8 * MIB);
    // What is sent would make room.
    rig.peer.fault = ({ path: where }) => (where.startsWith('/parts/') ? 'error-500' : null);
  });

  async function goOn(): Promise<void> {
    disk.empty();
    rig.peer.fault = () => null;
    await until('the end of the series', ended, 30_000);
  }

  it('in the middle of a series: the sender waits, also longer than a series may be silent; then everything is stored once', async () => {
    rig.detector({ seriesTimeoutMs: 4000 });
    rig.start();
    await rig.send([startMessage(series, { numberOfImages: 50, frameTimeS: 0.02 }), ...frames(0, 12)]);
    await until('12 frames received', () => received() === 12);
    disk.fill(64 * 1024);
    await rig.send([...frames(12, 50), endMessage(series)]);
    await reported('spool-write-failed');
    await anotherHeartbeat();
    const before = received();
    expect(before).toBeGreaterThan(12);
    expect(before).toBeLessThan(17);
    await sleep(6000);
    await anotherHeartbeat();
    expect(received()).toBe(before);
    await goOn();
    expectEveryFrameOnce(50);
    expect(rig.datasets()).toHaveLength(1);
    expect(rig.codes()).not.toContain('series-timeout');
    expect(rig.codes()).not.toContain('duplicate-image');
  });

  it('when the head is written at the end', async () => {
    rig.start();
    await rig.send([startMessage(series), ...frames(0, 14)]);
    await until('14 frames received', () => received() === 14);
    disk.fill();
    await rig.send([endMessage(series)]);
    await reported('spool-write-failed');
    expect(rig.datasets()[0]!.end).toBeNull();
    await goOn();
    expectEveryFrameOnce(14);
    expect(storedFiles()).toHaveLength(3);
  });

  it('when the series is over because nothing came any more', async () => {
    rig.detector({ seriesTimeoutMs: 2500 });
    rig.start();
    await rig.send([startMessage(series), ...frames(0, 14)]);
    await until('14 frames received', () => received() === 14);
    disk.fill();
    await reported('spool-write-failed');
    await goOn();
    expect(rig.datasets()[0]!.end).toMatchObject({ ending: 'timeout', framesReceived: 14, missing: [] });
    expect(rig.codes().filter((code) => code === 'series-timeout')).toHaveLength(1);
  });

  it.each([0, 1])('when a file is to be opened and there is room for %i more names', async (names) => {
    rig.start();
    await rig.send([startMessage(series, { numberOfImages: 20 }), ...frames(0, 10)]);
    await until('10 frames received', () => received() === 10);
    disk.fillNames(names);
    await rig.send([...frames(10, 20), endMessage(series)]);
    await reported('spool-write-failed');
    await goOn();
    expectEveryFrameOnce(20);
    expect(storedFiles()).toHaveLength(3);
  });

  it.each([0, 1])('when a series begins and there is room for %i more names', async (names) => {
    rig.start();
    disk.fillNames(names);
    await rig.send([startMessage(series, { numberOfImages: 12 }), ...frames(0, 12), endMessage(series)]);
    await reported('spool-write-failed');
    // Several tries, and all of them for one series.
    await sleep(2500);
    await goOn();
    expectEveryFrameOnce(12);
    await until('the buffer empty', () => spooledFiles().length === 0);
    await rig.stop();
    const journal = new Journal(rig.config.stateDir);
    expect(journal.unfinishedSeries()).toEqual([]);
    journal.close();
  });

  it('full at the start with what is to be sent: sending makes room', async () => {
    rig.start();
    await rig.send([startMessage(series), ...frames(0, 14)]);
    await until('14 frames received', () => received() === 14);
    await rig.stop();
    disk.fill();
    rig.start();
    await rig.send([endMessage(series)]);
    await reported('spool-write-failed');
    rig.peer.fault = () => null;
    await until('the end of the series', ended, 30_000);
    expectEveryFrameOnce(14);
  });

  it('files kept for later use make room', async () => {
    rig.peer.fault = () => null;
    rig.start();
    await rig.send([startMessage(series, { numberOfImages: 10 }), ...frames(0, 10), endMessage(series)]);
    await until('the end of the series', ended);
    await until('a kept file', () => keptFiles() > 0);
    disk.fill();
    const second = testSeries(2, { rows: 100, columns: 100 });
    await rig.send([
      startMessage(second, { numberOfImages: 5 }),
      ...frames(0, 5, second),
      endMessage(second),
    ]);
    await until('the end of the second series', () => rig.datasets().length === 2 && ended());
    expectEveryFrameOnce(5, second);
  });

  it('is not begun on: the start says what to do', () => {
    disk.fillNames();
    expect(() => rig.start()).toThrow(
      /^the buffer .* cannot be used \(ENOSPC\); free space on its disk and start again$/,
    );
  });
});
