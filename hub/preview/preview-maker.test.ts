import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodeBslz4 } from '#src/shared/codecs/bslz4.ts';
import type { Channel } from '#src/shared/contracts/geometry.ts';
import { MASKED_GREY } from '#src/shared/model/preview-picture.ts';
import { START_FILE } from '../stream/start-file.ts';
import { startMessage, testSeries } from '../testing/test-messages.ts';
import { type Preview, PreviewMaker } from './preview-maker.ts';
import type { PreviewSeries } from './preview-series.ts';
import { readGreyPng } from './testing/read-png.ts';

const [ROWS, COLUMNS] = [60, 80];
const CHANNEL: Channel = { name: 'threshold_1', dtype: 'u2', shape: [ROWS, COLUMNS], filter: 'bslz4' };

let folder: string;
let maker: PreviewMaker;
let nowMs: number;
const previews: Preview[] = [];
const failures: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'preview-'));
  nowMs = 0;
  previews.length = 0;
  failures.length = 0;
  maker = new PreviewMaker({
    onPreview: (preview) => previews.push(preview),
    onFailure: (_, message) => failures.push(message),
    now: () => nowMs,
  });
});
afterEach(async () => {
  await maker.close();
  rmSync(folder, { recursive: true, force: true });
});

function seriesOf(changes: Partial<PreviewSeries> = {}): PreviewSeries {
  return { seriesKey: 'one', channel: CHANNEL, framesExpected: 400, dir: null, ...changes };
}

/** A frame whose pixel number `spot` is bright. */
function frame(spot: number): Uint8Array {
  const pixels = new Uint16Array(ROWS * COLUMNS);
  pixels[spot] = 500;
  return encodeBslz4(new Uint8Array(pixels.buffer), 2);
}

test('pictures of the kept frames and of the newest come from copies, in order', async () => {
  for (let image = 0; image < 25; image++) {
    const bytes = frame(100 + image);
    maker.offer(seriesOf(), image, bytes);
    // The message's memory is given back right after the call.
    bytes.fill(0);
    nowMs += image === 15 ? 2000 : 100;
    await maker.settled();
  }
  expect(previews.map((preview) => [preview.frame, preview.kept])).toEqual([
    [0, true],
    [10, true],
    [16, false],
    [21, true],
  ]);
  for (const { frame: image, png, seriesKey } of previews) {
    expect(seriesKey).toBe('one');
    const { width, height, grey } = readGreyPng(png);
    expect([width, height]).toEqual([COLUMNS, ROWS]);
    expect(grey.indexOf(0)).toBe(100 + image);
  }
  expect(failures).toEqual([]);
});

test('the mask of the start message is left out', async () => {
  const mask = new Uint32Array(ROWS * COLUMNS);
  mask.fill(1, 200, 260);
  const start = startMessage(testSeries(1, { rows: ROWS, columns: COLUMNS }), {
    pixelMasks: new Map([
      [
        CHANNEL.name,
        {
          dtype: 'u4',
          shape: [ROWS, COLUMNS],
          filter: 'bslz4',
          elementSize: 4,
          bytes: encodeBslz4(new Uint8Array(mask.buffer), 4),
        },
      ],
    ]),
  });
  writeFileSync(path.join(folder, START_FILE), start);
  maker.offer(seriesOf({ dir: folder }), 0, frame(230));
  await maker.settled();
  const { grey } = readGreyPng(previews[0]!.png);
  expect([...grey.keys()].filter((pixel) => grey[pixel] === MASKED_GREY)).toEqual(
    Array.from({ length: 60 }, (_, index) => 200 + index),
  );
  expect(grey).not.toContain(0);
});

test('a frame that cannot be decoded is told, and the next one is shown', async () => {
  maker.offer(seriesOf(), 0, frame(1).subarray(0, 40));
  nowMs += 1000;
  maker.offer(seriesOf(), 10, frame(2));
  await maker.settled();
  expect(failures).toEqual([expect.stringMatching(/^Image 0 has no preview: .*ends/)]);
  expect(previews.map((preview) => preview.frame)).toEqual([10]);
});

test('while the thread is behind, frames are not taken, and those that were due follow', async () => {
  for (let image = 0; image < 400; image += 10) {
    maker.offer(seriesOf(), image, frame(image));
    nowMs += 1000;
  }
  await maker.settled();
  expect(previews.map((preview) => preview.frame)).toEqual([0, 10, 20, 30, 40, 50, 60, 70]);
  maker.offer(seriesOf(), 397, frame(397));
  await maker.settled();
  expect(previews.at(-1)).toMatchObject({ frame: 397, kept: true });
});

test('series of several detectors are chosen from each for itself', async () => {
  for (const seriesKey of ['one', 'two']) maker.offer(seriesOf({ seriesKey }), 0, frame(5));
  await maker.settled();
  expect(previews.map((preview) => preview.seriesKey)).toEqual(['one', 'two']);
});

test('a maker that is closed finishes the picture under way: its thread is never cut off in one', async () => {
  for (const image of [0, 10, 20]) maker.offer(seriesOf(), image, frame(100 + image));
  await maker.close();
  expect(previews.map((preview) => preview.frame)).toEqual([0]);
  maker.offer(seriesOf(), 30, frame(130));
  await maker.settled();
  expect(previews).toHaveLength(1);
  expect(failures).toEqual([]);
});
