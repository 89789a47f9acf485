import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Page } from '@playwright/test';
import { FRAME_ENTRY_BYTES } from '#src/shared/contracts/frame-index.ts';
import { tabMemory } from './lib/tab-memory.ts';
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
import { measureParts } from './lib/viewer-parts.ts';
import type { Taken, ViewerProbe } from './lib/viewer-probe.ts';

/*
 * The frame viewer in Chromium, on a whole installation: from the interactive page to its first frame, a step to a frame that was fetched ahead and to
 * one that was not, playing, a change of contrast, bytes for a frame beside its chunk, memory after many frames; and in the same browser the parts of
 * a step alone: decoding by one worker, one upload of the whole frame as a texture, one bare draw. A picture counts as drawn when its pixels can be
 * read. Prints one JSON line last, `renderer` says what drew. Options: --walk N (1000 frames), --detectors A,B, --play S (10).
 */

const { values: given } = parseArgs({
  options: { walk: { type: 'string' }, detectors: { type: 'string' }, play: { type: 'string' } },
});
const WALK = Number(given.walk ?? 1000);
const PLAY_S = Number(given.play ?? 10);
const FRAMES = 100;
const SERIES: readonly (DetectorSeries & { shown: string })[] = [
  { shown: 'EIGER2 16M', detector: 'eiger2-16m', dtype: 'u32', frames: FRAMES, rateHz: 8 },
  { shown: 'JUNGFRAU 4M', detector: 'jungfrau-4m', dtype: 'i16', frames: FRAMES, rateHz: 20 },
];
const CHOSEN = given.detectors?.split(',') ?? SERIES.map(({ detector }) => detector);
const COLD_STARTS = 3;
const STEPS = 30;
const CONTRASTS = 30;
const PART_ROUNDS = 9;
/** Every so many a frame is jumped to that no step before fetched ahead. */
const JUMP_SPACING = 4;

const tell = (text: string) => process.stderr.write(`${text}\n`);

/** What the page has, by name: the probe is in the page, not here. */
const ask = <Answer>(page: Page, expression: string) => page.evaluate(expression) as Promise<Answer>;
const probe = <Name extends keyof ViewerProbe>(page: Page, name: Name, ...values: unknown[]) =>
  ask<Awaited<ReturnType<Extract<ViewerProbe[Name], (...args: never[]) => unknown>>>>(
    page,
    `probe.${name}(${values.map((value) => JSON.stringify(value)).join(', ')})`,
  );

/** Byte ranges that the page and its workers were given: how many bytes, and how many different ones. */
function countRanges(page: Page) {
  const ranges = new Set<string>();
  let bytes = 0;
  let pending = 0;
  page.on('request', (request) => {
    if (request.headers().range) pending++;
  });
  const ended = () => pending--;
  page.on('requestfailed', (request) => request.headers().range && ended());
  page.on('requestfinished', async (request) => {
    const { range } = request.headers();
    if (!range) return;
    const { responseBodySize } = await request.sizes();
    bytes += responseBodySize;
    ranges.add(`${new URL(request.url()).pathname} ${range}`);
    ended();
  });
  return {
    /** Nothing is on its way, and for a moment nothing more is asked for. */
    async quiet() {
      for (let still = 0; still < 6; still = pending === 0 ? still + 1 : 0) await sleep(100);
    },
    requests: () => ranges.size,
    ratio() {
      const sizes = [...ranges].map((range) => {
        const [first, last] = range.split('bytes=')[1]!.split('-').map(Number);
        return last! - first! + 1;
      });
      return bytes / sizes.reduce((sum, size) => sum + size, 0);
    },
  };
}

async function openPage(on: ViewerInstallation, address: string, script: string) {
  const context = await on.freshWindow();
  await context.addInitScript({ content: script });
  const page = await context.newPage();
  page.on('pageerror', (error) => tell(error.message));
  const ranges = countRanges(page);
  await page.goto(address);
  await untilShown(page, null);
  return { context, page, ranges };
}

/** Bytes of the first frame, as they are stored. */
async function firstChunk({ api }: ViewerInstallation, datasetId: string) {
  const index = await api.datasets.frameIndex.query({ datasetId });
  const channel = index.channels.find(({ name }) => name === index.channel)!;
  const file = index.files.toSorted((a, b) => a.firstFrame - b.firstFrame)[0]!;
  const table = Buffer.from(file.entries, 'base64').subarray(0, FRAME_ENTRY_BYTES);
  const offset = Number(table.readBigUInt64LE(0));
  const range = `bytes=${offset}-${offset + table.readUInt32LE(8) - 1}`;
  const answer = await fetch(file.url, { headers: { range } });
  if (answer.status !== 206) throw new Error(`the first frame: ${answer.status}`);
  return { bytes: new Uint8Array(await answer.arrayBuffer()), channel };
}

/** Steps of one frame, each when what lies ahead is here; frames that were asked of the workers only then do not count. */
async function stepsAhead(page: Page, quiet: () => Promise<void>): Promise<number[]> {
  const taken: number[] = [];
  for (let n = 0; n < STEPS; n++) {
    await quiet();
    const { ms } = await probe(page, 'press', '>', (await probe(page, 'shown')) + 1);
    taken.push(ms);
  }
  return taken;
}

/** Jumps to frames that are not here. */
async function stepsAnew(page: Page, quiet: () => Promise<void>): Promise<number[]> {
  const taken: Taken[] = [];
  const places = FRAMES / JUMP_SPACING;
  for (let n = 0; n < places; n++) {
    await quiet();
    // 7 has no factor in common with the number of places: each comes once, and none beside the last.
    const frame = ((n * 7 + 3) % places) * JUMP_SPACING + 2;
    taken.push(await probe(page, 'slideTo', frame));
  }
  const anew = taken.filter(({ asked }) => asked > 0);
  if (anew.length < places / 2) throw new Error(`only ${anew.length} of ${places} frames had to be fetched`);
  return anew.map(({ ms }) => ms);
}

async function contrasts(page: Page, ranges: ReturnType<typeof countRanges>): Promise<number[]> {
  await ranges.quiet();
  const before = ranges.requests();
  const taken: Taken[] = [];
  for (let n = 0; n < CONTRASTS; n++) {
    taken.push(await probe(page, 'press', n % 2 ? 'c' : 'C', null));
    await sleep(60);
  }
  await ranges.quiet();
  const asked = taken.reduce((sum, one) => sum + one.asked + one.uploads, ranges.requests() - before);
  if (asked > 0) throw new Error(`changes of contrast fetched, decoded or uploaded ${asked} times`);
  return taken.map(({ ms }) => ms);
}

/** Through so many frames, from the last on from the first again; megabytes of the tab after a fifth of them and at the end. */
async function walk(on: ViewerInstallation, page: Page) {
  let early = null;
  for (let n = 0; n < WALK; n++) {
    const isLast = (await probe(page, 'shown')) >= FRAMES;
    await probe(page, 'press', isLast ? 'Home' : '>', isLast ? 1 : (await probe(page, 'shown')) + 1);
    if (n === Math.floor(WALK / 5)) early = await tabMemory(on.browser);
  }
  return { early, late: await tabMemory(on.browser) };
}

async function measureDetector(on: ViewerInstallation, series: (typeof SERIES)[number], script: string) {
  const datasetId = await on.measure(series);
  tell(`${series.shown}: ${FRAMES} frames stored`);
  const first: number[] = [];
  const fromNavigation: number[] = [];
  // The first window also compiles what the server runs.
  for (let n = 0; n < COLD_STARTS + 1; n++) {
    const { context, page } = await openPage(on, frameAddress(on, datasetId, 1), script);
    const drawnMs = await ask<number>(page, 'probe.firstFrameMs');
    if (n > 0) first.push(drawnMs - (await probe(page, 'interactiveMs')));
    if (n > 0) fromNavigation.push(drawnMs);
    await context.close();
  }
  const { context, page, ranges } = await openPage(
    on,
    frameAddress(on, datasetId, 1, '?rate=30&loop=1'),
    script,
  );
  const renderer = await probe(page, 'renderer');
  const canvas = await probe(page, 'canvasSize');
  const ahead = await stepsAhead(page, ranges.quiet);
  await ranges.quiet();
  // Before any frame is looked at again, which may have been given up meanwhile.
  const ratio = ranges.ratio();
  const anew = await stepsAnew(page, ranges.quiet);
  const contrast = await contrasts(page, ranges);
  await page.keyboard.press('k');
  const drawn = await probe(page, 'framesDrawn', PLAY_S * 1000);
  await page.keyboard.press('k');
  await ranges.quiet();
  const { early, late } = await walk(on, page);
  await context.close();

  const { bytes, channel } = await firstChunk(on, datasetId);
  const [rows, columns] = channel.shape;
  const parts = await measureParts(on.browser, bytes, {
    ...{ dtype: channel.dtype, shape: [rows!, columns!], canvas, rounds: PART_ROUNDS },
  });
  const [decode, upload, draw] = [median(parts.decodeMs), median(parts.uploadMs), median(parts.drawMs)];
  const row = {
    detector: series.shown,
    first_frame_ms: round(median(first)),
    cold_page_ms: round(median(fromNavigation)),
    step_p50_ms: round(median(anew)),
    step_p95_ms: round(percentile(anew, 0.95)),
    ahead_p50_ms: round(median(ahead)),
    ahead_p95_ms: round(percentile(ahead, 0.95)),
    play_fps: round(drawn / PLAY_S),
    contrast_ms: round(median(contrast)),
    decode_ms: round(decode),
    upload_ms: round(upload),
    draw_ms: round(draw),
    step_to_parts: round(median(anew) / (decode + upload), 2),
    contrast_to_draw: round(median(contrast) / draw, 2),
    renderer,
    chunk_mb: round(bytes.length / 1e6, 2),
    bytes_ratio: round(ratio, 4),
    early_mb: early && round(early.nowMb, 0),
    late_mb: late && round(late.nowMb, 0),
    peak_mb: late && round(late.peakMb, 0),
    walked: WALK,
  };
  tell(JSON.stringify(row));
  return row;
}

const on = await startViewerInstallation();
try {
  const script = await bundled('viewer-probe.ts');
  const rows = [];
  for (const series of SERIES)
    if (CHOSEN.includes(series.detector)) rows.push(await measureDetector(on, series, script));
  process.stdout.write(`${JSON.stringify({ bench: 'viewer', rows })}\n`);
} finally {
  await on.stop();
}
