import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { decodeChunk } from '#src/shared/codecs/chunk.ts';
import { makeTiff } from '#src/shared/codecs/testing/make-tiff.ts';
import { pixelHash, type Report, sourceOf } from '#src/shared/hdf5/testing/compare-report.ts';
import { encodeMiniCbf } from '#src/testing/mini-cbf.ts';
import { framesOfFile, mayHaveFrames } from './file-index.ts';

const FILES = join(import.meta.dirname, '../../shared/hdf5/testing/files');
const bytesOf = (name: string) => new Uint8Array(readFileSync(join(FILES, name)));
const pixels = Int32Array.from({ length: 6 * 5 }, (_, at) => at * 7 - 2);
const image = { rows: 6, columns: 5, bits: 32, format: 2, blocks: [new Uint8Array(pixels.buffer)] };
const LINES = ['Detector: PILATUS 300K, S/N 3-0104', 'Wavelength 0.976 A'];

it.each([
  ['a.cbf', encodeMiniCbf({ rows: 6, columns: 5, pixels, lines: LINES })],
  ['a.tif', makeTiff({ ...image, description: LINES.map((line) => `# ${line}`).join('\r\n') })],
])('the frame of %s is where the file says, with what its header tells', async (name, bytes) => {
  const found = await framesOfFile(name, sourceOf(bytes));
  expect(found).toMatchObject({ frames: 1, geometry: { imageSizeXPx: 5, wavelengthA: 0.976 } });
  const [channel] = found.channels;
  const view = new DataView(found.entries[0]!.buffer);
  const [offset, sizeBytes] = [Number(view.getBigUint64(0, true)), view.getUint32(8, true)];
  const chunk = { ...channel!, bytes: bytes.subarray(offset, offset + sizeBytes), elements: 30 };
  expect([...decodeChunk(chunk)]).toEqual([...pixels]);
});

it('a TIFF file whose directory stands behind its pixels is read to its end', async () => {
  const wide = { rows: 200, columns: 200, bits: 16, format: 1, blocks: [new Uint8Array(80_000).fill(3)] };
  const plain = makeTiff(wide);
  // The same file with a directory that was moved there.
  const end = plain.length;
  const behind = new Uint8Array(end + 400);
  behind.set(plain);
  behind.set(plain.subarray(8, 408), end);
  new DataView(behind.buffer).setUint32(4, end, true);
  behind.fill(0, 8, 30);
  const found = await framesOfFile('far.TIFF', sourceOf(behind));
  expect(found).toMatchObject({ channels: [{ dtype: 'u2', shape: [200, 200], filter: 'tiff' }] });
});

it('frames in an HDF5 file are shown by channel, each with the pixels that h5py reads', async () => {
  const bytes = bytesOf('series_data_000001.h5');
  const report = JSON.parse(new TextDecoder().decode(bytesOf('series_data_000001.json'))) as Report;
  const found = await framesOfFile('series_data_000001.h5', sourceOf(bytes));
  expect(found.channels.map(({ name }) => name)).toEqual(['data', 'difference']);
  for (const [n, channel] of found.channels.entries()) {
    const table = { ...channel, frames: found.frames, entries: found.entries[n]! };
    const hashes = Array.from({ length: found.frames }, (_, frame) => pixelHash(bytes, table, frame));
    expect(hashes).toEqual(Object.values(report[`/entry/data/${channel.name}`]!.frames));
  }
});

it.each([
  ['links.h5', bytesOf('series_links.h5'), /lie in other files/],
  ['view.h5', bytesOf('series_view_latest.h5'), /lie in other files/],
  ['channels.nxs', bytesOf('series_channels_latest.h5'), /lie in other files/],
  ['garbled.h5', new Uint8Array(4000), /HDF5/],
  ['cut.tif', makeTiff(image).subarray(0, -1), /cannot be shown: .*not whole/],
  ['text.cbf', new TextEncoder().encode('a text'), /cannot be shown: not a CBF file/],
])('%s is refused with the reason', async (name, bytes, why) => {
  await expect(framesOfFile(name, sourceOf(bytes))).rejects.toThrow(why);
});

it('by their names files may have frames or not', () => {
  expect(['a.h5', 'a.NXS', 'a.cbf', 'a.tiff'].every(mayHaveFrames)).toBe(true);
  expect(['a.txt', 'a.png', 'a.img', 'cbf'].some(mayHaveFrames)).toBe(false);
});
