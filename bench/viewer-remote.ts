import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import { type Throttle, throttleBrowser } from './lib/throttle.ts';
import {
  bundled,
  type DetectorSeries,
  frameAddress,
  median,
  percentile,
  round,
  startViewerInstallation,
  untilShown,
  type ViewerInstallation,
} from './lib/viewer-installation.ts';

/*
 * The frame viewer over a link of 20 Mbit/s and 40 ms there and back, throttled by the browser: from the press of the key until the newest frame is
 * seen, and steps through the dataset of one and of ten frames, twice a second. Seen is the preview of the frame, or of the nearest that has one,
 * or the frame itself. At rest the frame must come: that is waited for, and told as `at_rest_ms`. Prints one JSON line last.
 */

const LINK: Throttle = { bytesPerS: 20e6 / 8, roundTripMs: 40 };
const FRAMES = 100;
const SERIES: readonly (DetectorSeries & { shown: string })[] = [
  { shown: 'EIGER2 16M', detector: 'eiger2-16m', dtype: 'u32', frames: FRAMES, rateHz: 2.5 },
  { shown: 'JUNGFRAU 4M', detector: 'jungfrau-4m', dtype: 'i16', frames: FRAMES, rateHz: 2.5 },
];
const OPENED = 5;
const STEP_EVERY_MS = 500;

const tell = (text: string) => process.stderr.write(`${text}\n`);

/** Presses a key that leads to a frame (1-based); milliseconds until its preview, or the nearest there is, or the frame is seen. */
function seen(page: Page, key: string, frame: number, previews: readonly number[]): Promise<number> {
  const reach = Math.min(...previews.map((preview) => Math.abs(preview - frame)));
  return page.evaluate(`probe.pressUntilSeen(${JSON.stringify(key)}, ${frame}, ${reach})`) as Promise<number>;
}

/** A page that has shown the first frame whole, by which the viewer knows its link. */
async function openPage(on: ViewerInstallation, datasetId: string, script: string) {
  const context = await on.freshWindow();
  await context.addInitScript({ content: script });
  const page = await context.newPage();
  page.on('pageerror', (error) => tell(error.message));
  const link = await throttleBrowser(page, LINK);
  await page.goto(frameAddress(on, datasetId, 1));
  await untilShown(page, null);
  return { context, page, link };
}

/** From the first frame to the last: three steps of one frame, one of ten, and so on. Ends at frame `end`. */
async function stepThrough(
  page: Page,
  previews: readonly number[],
): Promise<{ steps: number[]; end: number }> {
  const steps: number[] = [];
  let end = 1;
  while (end < FRAMES) {
    const by = steps.length % 4 === 3 && end + 10 <= FRAMES ? 10 : 1;
    end += by;
    const ms = await seen(page, by === 10 ? 'PageDown' : '>', end, previews);
    steps.push(ms);
    await sleep(Math.max(0, STEP_EVERY_MS - ms));
  }
  return { steps, end };
}

async function measureDetector(on: ViewerInstallation, series: (typeof SERIES)[number], script: string) {
  const datasetId = await on.measure(series);
  const stored = await on.api.datasets.previews.query({ datasetId, limit: 100 });
  const previews = stored.map(({ frame }) => frame + 1);
  tell(`${series.shown}: ${FRAMES} frames and ${previews.length} previews stored`);
  const newest: number[] = [];
  for (let n = 0; n < OPENED; n++) {
    const { context, page, link } = await openPage(on, datasetId, script);
    newest.push(await seen(page, 'n', FRAMES, previews));
    link.check();
    await context.close();
  }
  const { context, page } = await openPage(on, datasetId, script);
  const { steps, end } = await stepThrough(page, previews);
  const begin = performance.now();
  await page.keyboard.press('PageUp');
  await untilShown(page, end - 10);
  const atRestMs = performance.now() - begin;
  await context.close();
  const row = {
    detector: series.shown,
    newest_ms: round(median(newest), 0),
    step_p50_ms: round(median(steps), 0),
    step_p95_ms: round(percentile(steps, 0.95), 0),
    steps: steps.length,
    at_rest_ms: round(atRestMs, 0),
  };
  tell(JSON.stringify(row));
  return row;
}

const on = await startViewerInstallation();
try {
  const script = await bundled('viewer-probe.ts');
  const rows = [];
  for (const series of SERIES) rows.push(await measureDetector(on, series, script));
  process.stdout.write(`${JSON.stringify({ bench: 'viewer-remote', rows })}\n`);
} finally {
  await on.stop();
}
