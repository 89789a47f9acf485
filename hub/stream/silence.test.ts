import { afterEach, beforeEach, expect, it } from 'vitest';
import { AssemblerRig } from '../testing/assembler-rig.ts';
import { endMessage, imageMessages, startMessage, testSeries } from '../testing/test-messages.ts';

const HOUR_MS = 3_600_000;
const series = testSeries(1);

let rig: AssemblerRig;
beforeEach(() => {
  rig = new AssemblerRig();
  rig.give(startMessage(series, { numberOfImages: 10 }), ...imageMessages(series, 0, 1, 2, 3));
  rig.wait(1000);
});
afterEach(() => rig.dispose());

/** The next tick finds the clock elsewhere. */
const leap = (ms: number) => {
  rig.nowMs += ms;
  rig.assembler.tick(rig.nowMs);
};
const rest = () => rig.give(...imageMessages(series, 4, 5, 6, 7, 8, 9), endMessage(series));

it.each([
  ['the clock is set forward', HOUR_MS],
  ['the clock is set back', -HOUR_MS],
  ['the process stands still', 120_000],
])('%s in the middle of a series: it goes on', (_, ms) => {
  leap(ms);
  rig.wait(1000);
  rest();
  expect(rig.sink.ends).toMatchObject([{ ending: 'end-message', framesReceived: 10, missing: [] }]);
  expect(rig.codes()).toEqual({});
});

it.each([
  ['forward', HOUR_MS],
  ['back', -HOUR_MS],
])('silence after the clock was set %s, also right before an image, is counted from that image', (_, ms) => {
  rig.nowMs += ms;
  rig.give(...imageMessages(series, 4));
  rig.wait(58_000);
  expect(rig.sink.ends).toEqual([]);
  rig.wait(4000);
  expect(rig.sink.ends).toMatchObject([{ ending: 'timeout', framesReceived: 5 }]);
});
