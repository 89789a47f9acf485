import { afterEach, beforeEach, expect, it } from 'vitest';
import { UNKNOWN_DOUBT_MS } from '../agent/clock-offset.ts';
import { AssemblerRig } from '../testing/assembler-rig.ts';
import { endMessage, imageMessages, testSeries, wholeSeries } from '../testing/test-messages.ts';

let rig: AssemblerRig;
beforeEach(() => {
  rig = new AssemblerRig();
});
afterEach(() => rig.dispose());

const series = testSeries(7);

it('an acquisition that paused longer than the time-out goes on as one that began when it did', () => {
  const beganMs = rig.nowMs;
  rig.give(...wholeSeries(series, 10).slice(0, 5));
  rig.wait(70_000);
  expect(rig.sink.ends.map(({ ending }) => ending)).toEqual(['timeout']);
  rig.give(...imageMessages(series, 5, 6));
  rig.wait(70_000);
  rig.give(...imageMessages(series, 7), endMessage(series));
  const startedAt = new Date(beganMs).toISOString();
  expect(rig.sink.requests.map((request) => request.startedAt)).toEqual([startedAt, startedAt, startedAt]);
  expect(rig.sink.begun[2]).toEqual(rig.sink.begun[0]);
});

it('a start is in doubt by as long as it may have waited, also when it is given again', () => {
  const [start] = wholeSeries(series, 3);
  const arrival = rig.arrival(9500);
  rig.assembler.handle([start!], arrival);
  expect(rig.sink.begun).toEqual([arrival]);
});

it('a series whose start was missed began at some time since the detector was last heard', () => {
  rig.give(...wholeSeries(testSeries(1), 2));
  const heardMs = rig.nowMs - 1;
  rig.give([Uint8Array.of(0xff)]);
  rig.wait(500_000);
  const joinedMs = rig.nowMs;
  rig.give(...imageMessages(series, 6, 7));
  expect(rig.sink.begun[1]).toEqual({
    wallMs: joinedMs,
    steadyMs: joinedMs,
    waitedMs: joinedMs - heardMs,
  });
});

it('a series whose start was missed by the first process of all began at any time', () => {
  rig.give(...imageMessages(series, 6));
  expect(rig.sink.begun[0]!.waitedMs).toBe(UNKNOWN_DOUBT_MS);
});

it('a series whose start came while no process ran began since the former one had read everything', () => {
  rig.readUpToMs = rig.nowMs - 20_000;
  rig.restart();
  rig.give(...imageMessages(series, 6));
  expect(rig.sink.begun[0]!.waitedMs).toBe(20_000);
});

it('with several senders, an image that waits for its start in vain is in doubt back to before it came', () => {
  rig.dispose();
  rig = new AssemblerRig({ senders: 2 });
  rig.give(...wholeSeries(testSeries(1), 2));
  const heardMs = rig.nowMs - 1;
  rig.wait(20_000);
  const joinedMs = rig.nowMs;
  rig.give(...imageMessages(series, 6, 7));
  rig.wait(2000);
  expect(rig.sink.begun[1]).toEqual({ wallMs: joinedMs, steadyMs: joinedMs, waitedMs: joinedMs - heardMs });
});
