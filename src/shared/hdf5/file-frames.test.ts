import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { framesOfFile } from './file-frames.ts';
import { openFile, pixelHash, type Report } from './testing/compare-report.ts';

const FILES = join(import.meta.dirname, 'testing', 'files');
const DATA = join(FILES, 'series_data_000001.h5');
const WANTED = { dtype: 'u2', shape: [8, 16], frames: 3 } as const;

it('the frames of a data file are those called data', async () => {
  const found = await framesOfFile(await openFile(DATA), WANTED);
  const report = JSON.parse(readFileSync(DATA.replace('.h5', '.json'), 'utf8')) as Report;
  const bytes = new Uint8Array(readFileSync(DATA));
  const hashes = [0, 1, 2].map((frame) => pixelHash(bytes, found, frame));
  expect(hashes).toEqual(Object.values(report['/entry/data/data']!.frames));
});

it.each([
  ['another number', { ...WANTED, frames: 2 }, /has 3 frames, not 2/],
  ['another size', { ...WANTED, shape: [16, 8] as const }, /no frames of 8 × 16 pixels/],
  ['another type', { ...WANTED, dtype: 'i2' as const }, /no frames of 16 × 8 pixels/],
])('a file with %s of frames is refused', async (_, wanted, words) => {
  await expect(framesOfFile(await openFile(DATA), wanted)).rejects.toThrow(words);
});

it('nothing is guessed where images stand elsewhere, or are a view of other files', async () => {
  for (const name of ['series_view_latest', 'series_links']) {
    const file = await openFile(join(FILES, `${name}.h5`));
    await expect(framesOfFile(file, { ...WANTED, frames: 7 })).rejects.toThrow(/no frames/);
  }
  // A link that leads in a circle keeps nobody from what stands beside it.
  const odd = await openFile(join(FILES, 'layouts_latest.h5'));
  await expect(framesOfFile(odd, { ...WANTED, frames: 7 })).rejects.toThrow(/has 1 frames, not 7/);
});
