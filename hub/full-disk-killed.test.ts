import { statSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Journal } from './agent/journal.ts';
import { limitFileSize } from './testing/file-size-limit.ts';
import { HubProcess } from './testing/hub-process.ts';
import { HubRig, until } from './testing/hub-rig.ts';
import { storedFrames, storedPixels } from './testing/stored-frames.ts';
import { endMessage, imageMessage, startMessage, testPixels, testSeries } from './testing/test-messages.ts';

/**
 * A real HUB process, killed while its journal cannot be written: the kernel lets no file of it grow beyond the journal's
 * present size (the small files of the buffer stay below).
 */
let rig: HubRig;
let hub: HubProcess;

beforeEach(async () => {
  rig = await HubRig.create();
  hub = new HubProcess(rig);
});
afterEach(async () => {
  await hub.kill('SIGKILL');
  await rig.dispose();
});

const series = testSeries(1);
const frames = (from: number, to: number, of = series) =>
  Array.from({ length: to - from }, (_, index) => imageMessage(of, from + index));
const received = () => rig.peer.lastHeartbeat?.detectors[0]?.series?.received ?? 0;
const ended = () => rig.datasets().length > 0 && rig.datasets().every(({ end }) => end !== null);
const reported = (code: string) => until(`${code}\n${hub.output}`, () => rig.codes().includes(code));
const blockJournal = () =>
  limitFileSize(hub.pid, statSync(path.join(rig.config.stateDir, 'journal.db-wal')).size);

function expectEveryFrameOnce(count: number): void {
  expect(rig.datasets()).toHaveLength(1);
  const { datasetId, end } = rig.datasets()[0]!;
  expect(end).toMatchObject({ framesReceived: count, missing: [], lost: [] });
  const stored = storedFrames(rig, datasetId, 'threshold_1');
  expect([...stored.keys()].sort((a, b) => a - b)).toEqual([...Array(count).keys()]);
  for (const frame of stored.keys()) {
    expect(storedPixels(rig, datasetId, 'threshold_1', frame)).toEqual(testPixels(series, frame));
  }
  expect(rig.peer.violations).toEqual([]);
}

it('every frame of a series the journal knew is stored once, also of files it could not note', async () => {
  hub.start();
  await rig.send([startMessage(series, { numberOfImages: 50 }), ...frames(0, 15)]);
  await until(`15 frames received\n${hub.output}`, () => received() === 15);
  await until('file 1 stored', () => rig.peer.files.length === 1);
  // What was confirmed is in the journal when the next heartbeat comes.
  const { sentAt } = rig.peer.lastHeartbeat!;
  await until('another heartbeat', () => rig.peer.lastHeartbeat!.sentAt > sentAt);
  blockJournal();
  // File 2 ends and files 3 and 4 begin unnoted; 2 and 3 are in the store when the process is killed.
  await rig.send(frames(15, 34));
  await reported('state-folder-full');
  await until('34 frames received', () => received() === 34);
  await until('three files stored', () => rig.peer.files.length === 3);
  await hub.killSeen();

  const journal = new Journal(rig.config.stateDir);
  const [row] = journal.unfinishedSeries();
  expect(row).toMatchObject({ state: 'receiving' });
  const known = journal.filesOf(row!.seriesKey).map(({ number, state }) => [number, state]);
  expect(known).toEqual([
    [1, 'confirmed'],
    [2, 'growing'],
  ]);
  journal.close();

  hub.start();
  await rig.send([...frames(34, 50), endMessage(series)]);
  await until(`the end of the series\n${hub.output}`, ended, 30_000);
  expectEveryFrameOnce(50);
  expect(rig.datasets()[0]!.end).toMatchObject({ ending: 'end-message' });
}, 60_000);

it('killed after the end it could not note: the next start ends the series with all its frames', async () => {
  hub.start();
  await rig.send([startMessage(series, { numberOfImages: 25 }), ...frames(0, 5)]);
  await until(`5 frames received\n${hub.output}`, () => received() === 5);
  blockJournal();
  await rig.send([...frames(5, 25), endMessage(series)]);
  await reported('state-folder-full');
  await until('three files stored', () => rig.peer.files.length === 3);
  await hub.kill('SIGKILL');
  expect(ended()).toBe(false);
  hub.start();
  await until(`the end of the series\n${hub.output}`, ended, 30_000);
  expectEveryFrameOnce(25);
}, 60_000);

it('a series the journal could not note is kept in the buffer and named', async () => {
  hub.start();
  await until(`the start\n${hub.output}`, () => hub.output.includes('HUB started'));
  blockJournal();
  rig.peer.fault = ({ path: where }) => (where.startsWith('/parts/') ? 'error-500' : null);
  await rig.send([startMessage(series, { numberOfImages: 20 }), ...frames(0, 15)]);
  await reported('state-folder-full');
  await until(`15 frames received\n${hub.output}`, () => received() === 15);
  await hub.kill('SIGKILL');
  hub.start();
  await reported('buffer-unknown');
  const { message } = rig.peer.reports.find(({ code }) => code === 'buffer-unknown')!;
  const folder = message.split(' lies in the buffer')[0]!;
  expect(path.basename(folder)).toBe(rig.datasets()[0]!.request.seriesKey);
  expect(statSync(path.join(folder, 'data_000001.h5')).size).toBeGreaterThan(0);
}, 60_000);
