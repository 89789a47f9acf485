import { afterEach, beforeEach, expect, it } from 'vitest';
import { type HubRig, until } from './testing/hub-rig.ts';
import { licensedRig, putLicence } from './testing/licensed-rig.ts';
import { StallingLink } from './testing/stalling-link.ts';
import { storedFrames } from './testing/stored-frames.ts';
import { testSeries, wholeSeries } from './testing/test-messages.ts';

/** A switch reaches also what is under way: over a slow link a part may take minutes. */
let rig: HubRig;
let link: StallingLink;
beforeEach(async () => {
  rig = await licensedRig();
  putLicence(rig);
  link = await StallingLink.open(rig.peer.url);
  rig.peer.publicUrl = link.url;
  // One part at a time, larger than what sockets take in advance.
  rig.config = { ...rig.config, upload: { concurrency: 1, partBytes: 12 * 1024 * 1024 } };
});
afterEach(async () => {
  await rig.dispose();
  await link.close();
});

const FRAMES = 14;
const series = testSeries(1, { rows: 1000, columns: 1000 });
const status = () => rig.hub!.status();
const setUploads = (mode: 'on' | 'off' | 'paused') =>
  rig.peer.authority.control({ uploads: { mode, since: new Date().toISOString(), held: 'send' } });

/** A part has begun and stands still in the middle. */
async function partUnderWay(): Promise<void> {
  rig.start();
  await until('the instructions', () => status().controlRevision !== null);
  await rig.send(wholeSeries(series, FRAMES, { frameTimeS: 0.05 }));
  await until('all frames', () => status().detectors[0]!.frames === FRAMES);
  await until('a part under way', () => link.begun > 0);
}

/** The part under way was cut off before its end, and nothing is begun while the agent goes on beating. */
async function nothingIsSent(): Promise<void> {
  await until('the cut', () => link.cut > 0);
  for (let beats = 0; beats < 2; beats++) {
    const before = rig.peer.lastHeartbeat;
    await until('a heartbeat', () => rig.peer.lastHeartbeat !== before);
  }
  expect(link).toMatchObject({ begun: 1, cut: 1, whole: 0 });
}

async function everythingIsStored(): Promise<void> {
  await until('the end', () => rig.datasets().some(({ end }) => end !== null), 60_000);
  expect(storedFrames(rig, rig.datasets()[0]!.datasetId, 'threshold_1').size).toBe(FRAMES);
  // Nothing was wrong with the link.
  expect(rig.codes()).not.toContain('server-unreachable');
  expect(rig.peer.violations).toEqual([]);
}

it.each(['paused', 'off'] as const)(
  'by the server (%s): the part under way is cut off, and sent anew when it goes on',
  async (mode) => {
    await partUnderWay();
    setUploads(mode);
    await until('the switch', () => status().uploads?.mode === mode);
    // Heard: from now on the link would take the rest, and whatever else came.
    link.release();
    await nothingIsSent();
    setUploads('on');
    await everythingIsStored();
  },
  120_000,
);

it('on site: the same', async () => {
  await partUnderWay();
  rig.hub!.local.pause('a test');
  link.release();
  await nothingIsSent();
  rig.hub!.local.resume('a test');
  await everythingIsStored();
}, 120_000);
