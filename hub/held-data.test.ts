import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ControlExperiment } from '#src/shared/contracts/agent-control.ts';
import { type HubRig, until } from './testing/hub-rig.ts';
import { licensedRig, putLicence } from './testing/licensed-rig.ts';
import { peerExperiment } from './testing/peer-authority.ts';
import { storedFrames } from './testing/stored-frames.ts';
import { endMessage, imageMessage, startMessage, testSeries, wholeSeries } from './testing/test-messages.ts';

/** Switched off, paused, per experiment: what is sent, what is kept, what is given up and told. */
let rig: HubRig;
beforeEach(async () => {
  rig = await licensedRig();
  putLicence(rig);
});
afterEach(async () => {
  await rig.dispose();
});

const MIB = 1024 * 1024;
const now = () => new Date().toISOString();
const status = () => rig.hub!.status();
const held = () => status().held;
const framesReceived = () => status().detectors[0]!.frames;
const ended = () => rig.datasets().filter(({ end }) => end !== null).length;
const report = (code: string) => rig.peer.reports.find((one) => one.code === code);

function setUploads(mode: 'on' | 'off' | 'paused', heldDecision: 'send' | 'leave' = 'send'): Promise<void> {
  rig.peer.authority.control({ uploads: { mode, since: now(), held: heldDecision } });
  return until(`uploads ${mode}`, () => status().uploads?.mode === mode);
}

async function startEnrolled(): Promise<void> {
  rig.start();
  await until('the instructions', () => status().controlRevision !== null);
}

/** The experiment is active since an hour. */
function activeSinceAnHour(...experiments: ControlExperiment[]): void {
  const startedAt = new Date(Date.now() - 3_600_000).toISOString();
  const [active] = experiments;
  rig.peer.authority.control({
    experiments,
    activations: [{ experimentId: active!.id, startedAt, endedAt: null }],
  });
}

it('paused in the middle of a file: no further part, no end; on again, everything is sent', async () => {
  const partsSeen: string[] = [];
  rig.peer.fault = ({ path }) => {
    if (path.startsWith('/parts/')) partsSeen.push(path);
    return null;
  };
  await startEnrolled();
  const big = testSeries(1, { rows: 1000, columns: 1000 });
  const messages = wholeSeries(big, 20, { frameTimeS: 0.05 });
  await rig.send(messages.slice(0, 10));
  await until('a part', () => partsSeen.length > 0);
  await setUploads('paused');
  const before = partsSeen.length;
  await rig.send(messages.slice(10));
  await until('all frames', () => framesReceived() === 20);
  await until('what is held', () => held()[0]?.because === 'agent-paused' && held()[0]!.bytes > 20 * MIB);
  expect(ended()).toBe(0);
  // Parts that were on their way when it was paused may still arrive.
  expect(partsSeen.length - before).toBeLessThanOrEqual(rig.config.upload.concurrency);
  await setUploads('on');
  await until('the end', () => ended() === 1, 30_000);
  expect(storedFrames(rig, rig.datasets()[0]!.datasetId, 'threshold_1').size).toBe(20);
  expect(held()).toEqual([]);
}, 60_000);

it('instructions not signed by the facility are not obeyed; the last good ones stay in force, also over a restart', async () => {
  await startEnrolled();
  await setUploads('paused');
  rig.peer.authority.wrongKey = true;
  rig.peer.authority.control({ uploads: { mode: 'on', since: now(), held: 'send' } });
  await until('the report', () => report('control-refused') !== undefined);
  expect(status().uploads?.mode).toBe('paused');
  await rig.stop();
  rig.start();
  expect(status().uploads?.mode).toBe('paused');
  await rig.send(wholeSeries(testSeries(1), 3));
  await until('what is held', () => held()[0]?.files === 1);
  expect(rig.datasets()).toEqual([]);
  rig.peer.authority.wrongKey = false;
  rig.peer.authority.wake();
  await until('the end', () => ended() === 1, 30_000);
}, 60_000);

it('off for one experiment and on for the next: only its own data are held, also after a restart', async () => {
  const first = peerExperiment('PEER26-00001', { upload: 'off', uploadSince: now() });
  const second = peerExperiment('PEER26-00002');
  activeSinceAnHour(first, second);
  await startEnrolled();
  await rig.send(wholeSeries(testSeries(1), 3));
  await until('what is held', () => held()[0]?.files === 1);
  expect(held()[0]).toMatchObject({ because: 'experiment-off', experimentCode: 'PEER26-00001' });
  // At the stop it notes what it has learnt of the clock since the series began.
  await rig.stop();
  const switchedAt = new Date(Date.now() + 1500);
  const [one] = rig.peer.authority.current.activations;
  rig.peer.authority.control({
    activations: [
      { ...one!, endedAt: switchedAt.toISOString() },
      { experimentId: second.id, startedAt: switchedAt.toISOString(), endedAt: null },
    ],
  });
  await startEnrolled();
  // Within a second of a switch nobody could say whose data they are.
  await until('two seconds after the switch', () => Date.now() > switchedAt.getTime() + 2000);
  await rig.send(wholeSeries(testSeries(2), 3));
  await until('the second series', () => ended() === 1);
  expect(rig.datasets().map(({ request }) => request.seriesId)).toEqual([2]);
  expect(held()).toHaveLength(1);
  rig.peer.authority.control({ experiments: [{ ...first, upload: 'on', held: 'send' }, second] });
  await until('the first series', () => ended() === 2);
}, 60_000);

it('switched on "from now": what was held is given up by name, what comes is sent', async () => {
  await startEnrolled();
  await setUploads('off');
  await rig.send(wholeSeries(testSeries(1), 3, { userData: { file_prefix: 'lyso/run_1' } }));
  await until('what is held', () => held()[0]?.because === 'agent-off');
  const second = testSeries(2);
  await rig.send([startMessage(second), imageMessage(second, 0)]);
  await until('the second series', () => framesReceived() === 4);
  await setUploads('on', 'leave');
  await rig.send([endMessage(second)]);
  await until('the report', () => report('held-given-up') !== undefined);
  expect(report('held-given-up')!.message).toMatch(/^lyso\/run_1 \(3 images\) given up: .*from then on/);
  await until('the second series', () => ended() === 1);
  expect(rig.datasets().map(({ request }) => request.seriesId)).toEqual([2]);
  expect(status().buffer.usedBytes).toBe(0);
});

it('switched on "from now": a series whose images are all stored comes to its end, and nothing of it is called given up', async () => {
  await startEnrolled();
  let asked = 0;
  rig.peer.fault = ({ path }) => (path.endsWith('/end') && ++asked > 0 ? 'error-500' : null);
  await rig.send(wholeSeries(testSeries(1), 3));
  await until('its end to be told', () => asked > 0);
  await setUploads('off');
  rig.peer.fault = () => null;
  await setUploads('on', 'leave');
  await until('the end', () => ended() === 1);
  expect(rig.datasets()[0]!.end).toMatchObject({ framesReceived: 3, lost: [] });
  // With its last heartbeat it tells what it has not told yet.
  await rig.stop();
  expect(report('held-given-up')).toBeUndefined();
});

it('off with a full buffer: the oldest series is given up and told, the detector does not wait', async () => {
  rig.config = { ...rig.config, buffer: { ...rig.config.buffer, maxBytes: 12 * MIB } };
  await startEnrolled();
  await setUploads('off');
  // Each has about 6 MB.
  for (const id of [1, 2, 3, 4]) {
    const series = testSeries(id, { rows: 1000, columns: 1000 });
    await rig.send(wholeSeries(series, 3, { userData: { file_prefix: `run_${id}` } }));
    await until(`series ${id}`, () => framesReceived() === 3 * id);
  }
  await until('reports', () => rig.codes().includes('held-given-up'));
  expect(rig.codes()).not.toContain('buffer-full');
  expect(report('held-given-up')!.message).toMatch(/^run_1 \(3 images\) given up: .*buffer is full/);
  await setUploads('on');
  const kept = () => rig.datasets().map(({ request }) => request.seriesId);
  await until('what was kept', () => ended() > 0 && ended() === rig.datasets().length && held().length === 0);
  expect(kept()).toContain(4);
  expect(kept()).not.toContain(1);
}, 60_000);

it('off with a buffer smaller than the series: its first images are given up and named in its dataset', async () => {
  rig.config = { ...rig.config, buffer: { ...rig.config.buffer, maxBytes: 8 * MIB } };
  await startEnrolled();
  await setUploads('off');
  const series = testSeries(1, { rows: 1000, columns: 1000 });
  await rig.send(wholeSeries(series, 10, { frameTimeS: 0.5 }));
  await until('all frames', () => framesReceived() === 10);
  await setUploads('on');
  await until('the end', () => ended() === 1, 30_000);
  const [dataset] = rig.datasets();
  const stored = [...storedFrames(rig, dataset!.datasetId, 'threshold_1').keys()];
  const lost = dataset!.end!.lost.flatMap(([from, to]) =>
    Array.from({ length: to - from + 1 }, (_, index) => from + index),
  );
  expect(lost.length).toBeGreaterThan(0);
  expect([...stored, ...lost].sort((a, b) => a - b)).toEqual([...Array(10).keys()]);
  expect(rig.codes()).not.toContain('buffer-full');
}, 60_000);

it('switches are not lost when the HUB starts anew without licence file and server', async () => {
  await startEnrolled();
  await setUploads('paused');
  await rig.stop();
  writeFileSync(rig.config.licenceFile!, '');
  await rig.peer.close();
  rig.start();
  await rig.send(wholeSeries(testSeries(1), 3));
  await until('what is held', () => held()[0]?.because === 'agent-paused');
  await rig.peer.listen();
  await setUploads('on');
  await until('the end', () => ended() === 1);
}, 60_000);
