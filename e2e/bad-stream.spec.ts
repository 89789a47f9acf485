import type { MessageSender } from '#hub/simulator/message-sender.ts';
import { CborInputTag, writeCbor } from '#src/shared/codecs/cbor-writer.ts';
import { TAG_SELF_DESCRIBED } from '#src/shared/codecs/stream-values.ts';
import { demo, expect, signIn, test } from './demo-facility.ts';
import { eventually, type FacilityApi, signedInApi } from './lib/facility-api.ts';
import { setSeriesTimeout } from './lib/killed-process.ts';
import { finishedDatasets, framesOf, readBack } from './lib/stored-dataset.ts';
import { openBeamline, sendFrames, ToldSeries } from './lib/told-series.ts';

/** What a detector may send but should not: told with its reason, counted, shown in the cockpit; and the HUB goes on. */

const FRAMES = 5;

test.describe.configure({ timeout: 180_000 });

let api: FacilityApi;
let sender: MessageSender;
let restoreTimeout: (() => Promise<void>) | undefined;

const smallSeries = (prefix: string, frames = FRAMES) =>
  new ToldSeries({ prefix: `bad/${prefix}`, frames, rateHz: 100, size: 64 });

test.beforeAll(async () => {
  restoreTimeout = await setSeriesTimeout(3);
  api = await signedInApi('staff');
  sender = await openBeamline();
});

test.afterAll(async () => {
  sender?.close();
  await restoreTimeout?.();
});

type Counts = Readonly<Record<string, number>>;

/** How often the HUB reported each kind of fault of the replay connection. */
async function reportCounts(): Promise<Counts> {
  const { reports } = await api.cockpit.view.query({ slug: demo.instrument.slug });
  const own = reports.filter(({ detector }) => detector === 'replay');
  return Object.fromEntries(own.map(({ code, count }) => [code, count]));
}

/** Faults of one code within ten seconds are told as one report with their count: asked for last, when they have passed. */
async function expectReported(before: Counts, expected: Counts): Promise<void> {
  await eventually(`reports ${JSON.stringify(expected)}`, 40_000, async (note) => {
    const now = await reportCounts();
    const fresh = Object.fromEntries(
      Object.keys({ ...now, ...expected })
        .map((code) => [code, (now[code] ?? 0) - (before[code] ?? 0)] as const)
        .filter(([, count]) => count !== 0),
    );
    note(fresh);
    const same = Object.keys({ ...fresh, ...expected }).every((code) => fresh[code] === expected[code]);
    return same || null;
  });
}

async function send(...messages: readonly Uint8Array[]): Promise<void> {
  for (const message of messages) await sender.send(message);
}

async function onlyDataset(series: ToldSeries) {
  const found = await finishedDatasets(api, series.prefix);
  expect(found).toHaveLength(1);
  return found[0]!;
}

async function expectStored(series: ToldSeries, datasetId: string, frames: readonly number[]): Promise<void> {
  const stored = await readBack(await api.datasets.frameIndex.query({ datasetId }));
  expect([...stored].sort(([a], [b]) => a - b)).toEqual(
    frames.map((frame) => [frame, series.fingerprints[frame]]),
  );
}

async function expectNextSeriesGood(): Promise<void> {
  const series = smallSeries('good');
  await send(series.start(), ...series.images, series.end());
  const dataset = await onlyDataset(series);
  expect(dataset).toMatchObject({ state: 'complete', framesStored: FRAMES });
  await expectStored(series, dataset.id, [0, 1, 2, 3, 4]);
}

test('messages that are none: cut, garbage, unknown', async ({ page }) => {
  const before = await reportCounts();
  const series = smallSeries('messages');
  const unknown = writeCbor(
    new CborInputTag(TAG_SELF_DESCRIBED, { type: 'weather', series_id: 1, series_unique_id: 'x' }),
  );
  await send(
    series.start(),
    series.images[0]!,
    series.images[1]!.subarray(0, 200),
    new TextEncoder().encode('{"htype":"dheader-1.0","header_detail":"all"}'),
    new Uint8Array(0),
    unknown,
    ...series.images.slice(1),
    series.end(),
  );
  // Nothing of it touched the series in whose midst it came.
  const dataset = await onlyDataset(series);
  expect(dataset).toMatchObject({ state: 'complete', framesStored: FRAMES });
  await expectStored(series, dataset.id, [0, 1, 2, 3, 4]);
  await expectNextSeriesGood();
  await expectReported(before, { 'malformed-message': 3, 'unknown-message-type': 1 });

  await test.step('shown in the cockpit with code, count and reason', async () => {
    await signIn(page, 'staff', `/instruments/${demo.instrument.slug}`);
    const faults = page.getByRole('region', { name: 'Reports of agents' });
    const all = faults.getByRole('button', { name: /^All \d+/ });
    await expect(faults.getByText('malformed-message').or(all).first()).toBeVisible();
    if (await all.isVisible()) await all.click();
    const malformed = faults.getByRole('listitem').filter({ hasText: 'malformed-message' });
    await expect(malformed).toContainText(/× \d+/);
    await expect(malformed).toContainText('was refused');
    await expect(faults.getByText('weather')).toBeVisible();
  });
});

test('messages out of order: image before start, second start, start without images', async () => {
  const before = await reportCounts();
  const headless = smallSeries('headless');
  await send(...headless.images, headless.end());
  const interrupted = smallSeries('interrupted');
  const next = smallSeries('next');
  await send(interrupted.start(), ...interrupted.images.slice(0, 3));
  await send(next.start(), ...next.images, next.end(), next.end());
  const orphan = smallSeries('orphan');
  await send(orphan.end());

  const cut = await onlyDataset(interrupted);
  expect(cut).toMatchObject({ ending: 'superseded', framesStored: 3 });
  await expectStored(interrupted, cut.id, [0, 1, 2]);
  const whole = await onlyDataset(next);
  expect(whole).toMatchObject({ state: 'complete', framesStored: FRAMES });
  // Its start never came, and with it the name: it is known by its number.
  const nameless = await finishedDatasets(api, String(headless.seriesId));
  expect(nameless[0]).toMatchObject({ framesStored: FRAMES, framesExpected: null });
  await expectStored(headless, nameless[0]!.id, [0, 1, 2, 3, 4]);
  await expectNextSeriesGood();
  await expectReported(before, { 'image-before-start': 1, 'second-start': 1, 'end-without-start': 1 });
});

test('frames that do not fit: wrong size, doubled, missing, no end', async () => {
  const before = await reportCounts();
  const series = smallSeries('frames', 6);
  const wrongSize = series.image(2, series.array(new Uint16Array(32 * 32), 32));
  const [first, second, , , fifth, sixth] = series.images;
  await send(series.start(), first!, second!, second!, wrongSize, fifth!, sixth!);
  // No end: it is taken for ended after three seconds.
  const dataset = await onlyDataset(series);
  expect(dataset).toMatchObject({ state: 'incomplete', ending: 'timeout', framesStored: 4 });
  expect(framesOf(dataset.missing)).toEqual([2, 3]);
  await expectStored(series, dataset.id, [0, 1, 4, 5]);
  await expectNextSeriesGood();
  await expectReported(before, {
    'duplicate-image': 1,
    'wrong-size': 1,
    'series-timeout': 1,
    'missing-image': 1,
  });
});

/** What begins within a second of a change of the active experiment belongs to nobody: the clocks do not tell. */
const afterTheChange = () => new Promise((resolve) => setTimeout(resolve, 2000));

test('a series while no experiment is active is kept and reported', async ({ page }) => {
  const before = await reportCounts();
  const { id: instrumentId, slug } = demo.instrument;
  const series = smallSeries('nobody');
  await api.experiments.deactivate.mutate({ instrumentId });
  await afterTheChange();
  try {
    await send(series.start());
    await sendFrames(sender, series, { from: 0, to: FRAMES });
    await send(series.end());
    const kept = await eventually('the unassigned dataset', 30_000, async () => {
      const { unassigned } = await api.cockpit.view.query({ slug });
      const own = unassigned.items.find(({ base }) => base.includes(series.prefix));
      return own && own.state !== 'receiving' ? own : null;
    });
    expect(kept).toMatchObject({ state: 'complete', framesStored: FRAMES });
    await expectStored(series, kept.id, [0, 1, 2, 3, 4]);
  } finally {
    await api.experiments.activate.mutate({ experimentId: demo.experiment.id });
    await afterTheChange();
  }
  await expectNextSeriesGood();
  await expectReported(before, { 'no-active-experiment': 1 });
  await signIn(page, 'staff', `/instruments/${slug}`);
  const tray = page.getByRole('region', { name: 'Unassigned data' });
  await expect(tray.getByText(series.prefix)).toBeVisible();
});
