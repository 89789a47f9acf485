import { readdirSync, rmSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Journal } from './agent/journal.ts';
import { HubProcess } from './testing/hub-process.ts';
import { HubRig, until } from './testing/hub-rig.ts';
import { storedFrames, storedPixels } from './testing/stored-frames.ts';
import { endMessage, imageMessage, startMessage, testPixels, testSeries } from './testing/test-messages.ts';

/** A real HUB process, killed by SIGKILL in the middle of a series. */
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
const frames = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => imageMessage(series, from + index));
const received = () => rig.peer.lastHeartbeat?.detectors[0]?.series?.received ?? 0;
const ended = () => rig.datasets().length > 0 && rig.datasets().every(({ end }) => end !== null);

function expectEveryFrameOnce(count: number): void {
  expect(rig.datasets()).toHaveLength(1);
  const { datasetId } = rig.datasets()[0]!;
  const stored = storedFrames(rig, datasetId, 'threshold_1');
  expect([...stored.keys()].sort((a, b) => a - b)).toEqual(
    Array.from({ length: count }, (_, frame) => frame),
  );
  for (const frame of stored.keys()) {
    expect(storedPixels(rig, datasetId, 'threshold_1', frame)).toEqual(testPixels(series, frame));
  }
  expect(rig.peer.violations).toEqual([]);
}

it('goes on with the same series: every frame is in the store once', async () => {
  hub.start();
  await rig.send([startMessage(series, { numberOfImages: 40 }), ...frames(0, 17)]);
  await until(`17 frames received\n${hub.output}`, () => received() === 17);
  await hub.killSeen();
  hub.start();
  await rig.send([...frames(17, 40), endMessage(series)]);
  await until('the end of the series', ended, 30_000);
  expectEveryFrameOnce(40);
  expect(rig.datasets()[0]!.end).toMatchObject({
    ending: 'end-message',
    framesReceived: 40,
    missing: [],
    lost: [],
  });
}, 60_000);

it('killed again and again, with a store that fails, it still stores every frame once', async () => {
  rig.peer.fault = ({ path: where, nth }) => (where.startsWith('/parts/') && nth % 3 === 1 ? 'cut' : null);
  hub.start();
  await rig.send([startMessage(series, { numberOfImages: 50 })]);
  for (let from = 0; from < 50; from += 10) {
    await rig.send(frames(from, from + 10));
    await until(`${from + 10} frames received`, () => received() === from + 10, 30_000);
    await hub.killSeen();
    hub.start();
  }
  await rig.send([endMessage(series)]);
  await until('the end of the series', ended, 30_000);
  expectEveryFrameOnce(50);
}, 120_000);

it('ends a series that does not go on after the restart as such, and names every announced frame that did not come', async () => {
  hub.start();
  await rig.send([startMessage(series, { numberOfImages: 40 }), ...frames(0, 5), ...frames(8, 12)]);
  await until('9 frames received', () => received() === 9);
  await hub.kill('SIGKILL');
  hub.start();
  await until('the end of the series', ended, 30_000);
  expect(rig.datasets()[0]!.end).toMatchObject({
    ending: 'agent-restart',
    framesReceived: 9,
    missing: [
      [5, 7],
      [12, 39],
    ],
  });
}, 60_000);

it('names the last frames when they were lost with the socket of the killed process and only the end came', async () => {
  hub.start();
  await rig.send([startMessage(series, { numberOfImages: 40 }), ...frames(0, 33)]);
  await until('33 frames received', () => received() === 33);
  await hub.killSeen();
  hub.start();
  await rig.send([endMessage(series)]);
  await until('the end of the series', ended, 30_000);
  expect(rig.datasets()[0]!.end).toMatchObject({ ending: 'end-message', missing: [[33, 39]] });
}, 60_000);

it('an abort while it was away is still an abort when images came since', async () => {
  hub.start();
  await rig.send([startMessage(series, { numberOfImages: 40 }), ...frames(0, 17)]);
  await until('17 frames received', () => received() === 17);
  await hub.killSeen();
  hub.start();
  await rig.send([...frames(17, 25), endMessage(series)]);
  await until('the end of the series', ended, 30_000);
  expectEveryFrameOnce(25);
  expect(rig.datasets()[0]!.end).toMatchObject({ ending: 'end-message', framesReceived: 25, missing: [] });
}, 60_000);

it('says which frames are lost when the buffer did not survive', async () => {
  rig.peer.fault = ({ path: where }) => (where.startsWith('/parts/') ? 'error-500' : null);
  hub.start();
  await rig.send([startMessage(series, { numberOfImages: 40 }), ...frames(0, 15)]);
  await until('15 frames received', () => received() === 15);
  // Two heartbeats: the journal notes progress with each.
  const { sentAt } = rig.peer.lastHeartbeat!;
  await until('another heartbeat', () => rig.peer.lastHeartbeat!.sentAt > sentAt);
  await hub.kill('SIGKILL');
  rmSync(path.join(rig.folder, 'spool'), { recursive: true });
  rig.peer.fault = () => null;
  hub.start();
  await until('the end of the series', ended, 30_000);
  const { end } = rig.datasets()[0]!;
  expect(end).toMatchObject({
    ending: 'agent-restart',
    lost: [
      [0, 9],
      [10, 14],
    ],
  });
  await until('the report', () => rig.codes().includes('frames-lost'));
}, 60_000);

it('says which frames are lost when whole files of an ended series came empty out of a loss of power', async () => {
  rig.peer.fault = ({ path: where }) => (where.startsWith('/parts/') ? 'error-500' : null);
  hub.start();
  await rig.send([startMessage(series, { numberOfImages: 20 }), ...frames(0, 20), endMessage(series)]);
  const isOver = () => rig.peer.lastHeartbeat?.detectors[0]?.frames === 20 && received() === 0;
  await until('the end in the HUB', isOver);
  await hub.kill('SIGKILL');
  const spool = path.join(rig.folder, 'spool');
  for (const name of readdirSync(spool, { recursive: true, encoding: 'utf8' }))
    if (/data_000002/.test(name)) truncateSync(path.join(spool, name), 0);
  const journal = new Journal(path.join(rig.folder, 'state'));
  journal.setMeta('boot-id', 'another start of the machine');
  journal.close();
  rig.peer.fault = () => null;
  hub.start();
  await until('the end of the series', ended, 30_000);
  const lost = rig
    .datasets()[0]!
    .end!.lost.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, n) => from + n));
  expect(lost).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
}, 60_000);

it('asked to stop, it leaves an open series to its successor and exits with 0', async () => {
  hub.start();
  await rig.send([startMessage(series, { numberOfImages: 20 }), ...frames(0, 13)]);
  await until('13 frames received', () => received() === 13);
  expect(await hub.kill('SIGTERM')).toBe(0);
  hub.start();
  await rig.send([...frames(13, 20), endMessage(series)]);
  await until('the end of the series', ended, 30_000);
  expectEveryFrameOnce(20);
}, 60_000);

it('a second HUB on the same state folder is refused', async () => {
  hub.start();
  await until('the start', () => hub.output.includes('HUB started'));
  const second = new HubProcess(rig);
  second.start();
  expect(await second.exited()).toBe(3);
  expect(second.output).toContain('in use by another agent');
}, 30_000);
