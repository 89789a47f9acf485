import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Push } from 'zeromq';
import { type Assignment, whoseData } from '#src/shared/model/whose-data.ts';
import { freePort, HubRig, until } from './testing/hub-rig.ts';
import { testSeries, wholeSeries } from './testing/test-messages.ts';

/* Whose a series is whose start was not read when it was sent: as the server decides by what it is told. */

let rig: HubRig;
beforeEach(async () => {
  rig = await HubRig.create();
});
afterEach(() => rig.dispose());

const requestOf = (seriesId: number) => {
  const found = rig.datasets().find(({ request }) => request.seriesId === seriesId);
  if (!found) throw new Error(`series ${seriesId} was not opened`);
  return found.request;
};

/** With the active experiment switched from A to B at this moment. */
function whose(seriesId: number, switchedMs: number): Assignment {
  const { startedAt, clockOffsetMs, clockDoubtMs } = requestOf(seriesId);
  const switchedAt = new Date(switchedMs);
  const history = [
    { experimentId: 'A', startedAt: new Date(switchedMs - 86_400_000), endedAt: switchedAt },
    { experimentId: 'B', startedAt: switchedAt, endedAt: null },
  ];
  return whoseData(new Date(Date.parse(startedAt) + clockOffsetMs), new Date(), history, clockDoubtMs);
}

const untilOpened = (count: number) => until('the series', () => rig.datasets().length === count, 60_000);
const untilConnected = () =>
  until('the detector', () => rig.hub!.status().detectors[0]?.state === 'connected');

it('a start that waits behind a full buffer across a switch goes to the tray, the next one where it belongs', async () => {
  rig.config = { ...rig.config, buffer: { ...rig.config.buffer, maxBytes: 45_000_000 } };
  rig.peer.fault = ({ path: route }) => (route.startsWith('/parts/') ? 'cut' : null);
  rig.start();
  await rig.send(wholeSeries(testSeries(1, { rows: 1000, columns: 1000 }), 60));
  await until('the full buffer', () => rig.codes().includes('buffer-full'), 30_000);
  await rig.send(wholeSeries(testSeries(2), 10));
  await sleep(1500);
  const switchedMs = Date.now();
  await sleep(1500);
  rig.peer.fault = () => null;
  await untilOpened(2);
  expect(whose(2, switchedMs)).toHaveProperty('unassignedReason');
  await until('the end', () => rig.datasets().every(({ end }) => end !== null), 60_000);
  await sleep(1000);
  await rig.send(wholeSeries(testSeries(3), 10));
  await untilOpened(3);
  expect(whose(3, switchedMs)).toEqual({ experimentId: 'B' });
}, 120_000);

it('a detector that was armed before a restart and a switch measures for the experiment of then', async () => {
  rig.start();
  await untilConnected();
  await sleep(600);
  const messages = wholeSeries(testSeries(3), 10);
  await rig.send(messages.slice(0, 1));
  await until('the start', () => (rig.hub!.status().detectors[0]?.messages ?? 0) > 0);
  const readMs = Date.now();
  await until('a heartbeat', () => rig.hub!.status().clock.offsetMs !== null);
  await sleep(1500);
  const switchedMs = Date.now();
  await rig.stop();
  await sleep(1500);
  rig.start();
  await rig.send(messages.slice(1));
  await untilOpened(1);
  expect(Date.parse(requestOf(3).startedAt)).toBeLessThanOrEqual(readMs);
  expect(whose(3, switchedMs)).toEqual({ experimentId: 'A' });
}, 60_000);

it.each(['connect', 'bind'] as const)(
  '%s: a start that was sent while no HUB ran is in doubt back to the former one',
  async (mode) => {
    const endpoint = mode === 'connect' ? rig.endpoint : `tcp://127.0.0.1:${await freePort()}`;
    rig.detector({ mode, endpoints: [endpoint] });
    const push =
      mode === 'connect' ? rig.push : new Push({ linger: 0, sendHighWaterMark: 1000, reconnectInterval: 20 });
    try {
      rig.start();
      if (push !== rig.push) push.connect(endpoint);
      await untilConnected();
      await sleep(600);
      for (const message of wholeSeries(testSeries(1), 3)) await push.send(message);
      await untilOpened(1);
      expect(requestOf(1).clockDoubtMs).toBeLessThan(1000);
      await rig.stop();
      await sleep(1500);
      const switchedMs = Date.now();
      const sending = (async () => {
        for (const message of wholeSeries(testSeries(2), 3)) await push.send(message);
      })();
      await sleep(1500);
      rig.start();
      await sending;
      await untilOpened(2);
      expect(whose(2, switchedMs)).toHaveProperty('unassignedReason');
      await sleep(1000);
      for (const message of wholeSeries(testSeries(3), 3)) await push.send(message);
      await untilOpened(3);
      expect(whose(3, switchedMs)).toEqual({ experimentId: 'B' });
    } finally {
      if (push !== rig.push) push.close();
    }
  },
  60_000,
);
