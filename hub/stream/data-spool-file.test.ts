import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { encodeBslz4 } from '#src/shared/codecs/bslz4.ts';
import { encodeGapChunk } from '../hdf5/gap-chunk.ts';
import { datasetValues, withHdf5File } from '../hdf5/testing/read-hdf5.ts';
import { limitFileSize } from '../testing/file-size-limit.ts';
import { ChunkIndexWriter, recoverChunkIndex } from './chunk-index.ts';
import { type DataFilePlace, DataSpoolFile, indexPathOf } from './data-spool-file.ts';
import { countRanges, describeRanges, FrameSet } from './frame-set.ts';

let folder: string;
let place: DataFilePlace;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-data-'));
  place = {
    clientId: 'c',
    seriesKey: 's',
    number: 3,
    path: path.join(folder, 'data.h5'),
    channels: [{ name: 'threshold_1', dtype: 'u2', shape: [4, 8], filter: 'bslz4' }],
    framesPerFile: 10,
  };
});
afterEach(() => rmSync(folder, { recursive: true }));

const frame = (row: number) => encodeBslz4(new Uint8Array(new Uint16Array(32).fill(row + 1).buffer), 2);

it('numbers its frames within the series and tells where they lie', () => {
  const file = DataSpoolFile.create(place);
  for (const row of [4, 0, 1]) file.append(row, 0, frame(row), 1000 + row);
  expect([...file.frames()]).toEqual([20, 21, 24]);
  expect(file.absentFrames(5)).toEqual([[22, 23]]);
  const size = file.sizeBytes;
  file.finish(5);
  const gap = encodeGapChunk(place.channels[0]!);
  expect(file.sizeBytes).toBe(size + gap.length);
  expect(statSync(place.path).size).toBe(size + gap.length);
  const [table] = file.chunkTables(5);
  expect(table).toMatchObject({ channel: 'threshold_1', firstFrame: 20, rows: 5 });
  const entries = Buffer.from(table!.entries, 'base64');
  const bytes = readFileSync(place.path);
  expect(bytes.subarray(0, 8).toString('latin1')).toBe('\x89HDF\r\n\x1a\n');
  const offset = Number(entries.readBigUInt64LE(4 * 12));
  expect(bytes.subarray(offset, offset + entries.readUInt32LE(4 * 12 + 8))).toEqual(Buffer.from(frame(4)));
  expect(entries.readUInt32LE(2 * 12 + 8)).toBe(0);
  expect(() => file.append(5, 0, frame(5), 0)).toThrow('finished');
});

it('holds one chunk of invalid pixels for all frames of a channel that never came', async () => {
  const raw = { ...place.channels[0]!, filter: 'none' as const };
  const file = DataSpoolFile.create({ ...place, channels: [raw, { ...raw, name: 'threshold_2' }] });
  const pixels = (value: number) => new Uint8Array(new Uint16Array(32).fill(value).buffer);
  for (const row of [0, 1, 2, 3]) file.append(row, 0, pixels(row), row);
  for (const row of [1, 3]) file.append(row, 1, pixels(10 + row), row);
  const size = file.sizeBytes;
  file.finish(4);
  expect(file.sizeBytes).toBe(size + encodeGapChunk(raw).length);
  const firstPixels = (name: string) =>
    withHdf5File(place.path, (read) => {
      const values = datasetValues(read, `entry/data/${name}`);
      return [0, 1, 2, 3].map((row) => values[row * 32]);
    });
  expect(await firstPixels('data')).toEqual([0, 1, 2, 3]);
  expect(await firstPixels('threshold_2')).toEqual([65_535, 11, 65_535, 13]);
  // It is this chunk that is read, not the fill value, which looks the same.
  const bytes = readFileSync(place.path);
  bytes.set(pixels(7), size);
  writeFileSync(place.path, bytes);
  expect(await firstPixels('threshold_2')).toEqual([7, 11, 7, 13]);
  // What the server counts is what came.
  const came = Buffer.from(file.chunkTables(4)[1]!.entries, 'base64');
  expect([0, 1, 2, 3].map((row) => came.readUInt32LE(row * 12 + 8))).toEqual([0, 64, 0, 64]);
});

it('goes on after a kill: torn index record and half-written frame are overwritten', () => {
  const killed = DataSpoolFile.create(place);
  for (const row of [0, 1, 2]) killed.append(row, 0, frame(row), row);
  killed.close();
  truncateSync(indexPathOf(place.path), 2 * 32 + 17);
  appendFileSync(place.path, 'half of a frame');
  const { file } = DataSpoolFile.recover(place, false);
  expect([...file.frames()]).toEqual([20, 21]);
  file.append(2, 0, frame(2), 2);
  file.close();
  const again = DataSpoolFile.recover(place, false).file;
  expect([...again.frames()]).toEqual([20, 21, 22]);
  expect(again.read(2, 0)).toEqual(frame(2));
  again.close();
});

it('begins empty when it was killed before the first frame', () => {
  writeFileSync(place.path, '');
  const { file } = DataSpoolFile.recover(place, false);
  expect(file.framesArrived).toBe(0);
  file.close();
});

it('after a power cut gives up frames whose bytes did not reach the disk', () => {
  const cut = DataSpoolFile.create(place);
  for (const row of [0, 1, 2]) cut.append(row, 0, frame(row), row);
  cut.close();
  const bytes = readFileSync(place.path);
  const lost = bytes.length - 2 * frame(0).length;
  bytes.fill(0, lost, lost + frame(0).length);
  writeFileSync(place.path, bytes);
  const { file, damaged } = DataSpoolFile.recover(place, true);
  expect(damaged).toEqual([21]);
  expect([...file.frames()]).toEqual([20, 22]);
  file.close();
});

it('leaves nothing of a file it was made over', () => {
  writeFileSync(place.path, Buffer.alloc(1_000_000, 7));
  const file = DataSpoolFile.create(place, true);
  file.append(0, 0, frame(0), 0);
  const size = file.sizeBytes;
  file.finish(1);
  expect(statSync(place.path).size).toBe(size);
});

it('forgets the index of a file it was made over', () => {
  const first = DataSpoolFile.create(place);
  for (const row of [0, 1, 2]) first.append(row, 0, frame(row), row);
  first.close();
  const second = DataSpoolFile.create(place, true);
  second.append(5, 0, frame(5), 5);
  second.close();
  const { file } = DataSpoolFile.recover(place, false);
  expect([...file.frames()]).toEqual([25]);
  file.close();
});

/** Runs `action` while no file may grow beyond `bytes`: the kernel then takes a part of a write, and refuses the next. */
function whileLimited(bytes: number, action: () => void): void {
  limitFileSize(process.pid, bytes);
  try {
    action();
  } finally {
    limitFileSize(process.pid, null);
  }
}

it('goes on after a disk that took only a part of a frame', () => {
  const file = DataSpoolFile.create(place);
  file.append(0, 0, frame(0), 0);
  const size = file.sizeBytes;
  whileLimited(size + 5, () => expect(() => file.append(1, 0, frame(1), 1)).toThrow('EFBIG'));
  expect(file.sizeBytes).toBe(size);
  for (const row of [1, 2]) file.append(row, 0, frame(row), row);
  file.close();
  const again = DataSpoolFile.recover(place, false).file;
  expect([...again.frames()]).toEqual([20, 21, 22]);
  for (const row of [0, 1, 2]) expect(again.read(row, 0)).toEqual(frame(row));
  again.close();
});

it('gives back what is behind in a file used again when the disk takes nothing', () => {
  writeFileSync(place.path, Buffer.alloc(1_000_000, 7));
  const file = DataSpoolFile.create(place, true);
  file.append(0, 0, frame(0), 0);
  whileLimited(16, () => expect(() => file.append(1, 0, frame(1), 1)).toThrow('EFBIG'));
  expect(statSync(place.path).size).toBe(file.sizeBytes);
  file.close();
});

it('goes on after a disk that took only a part of an index record', () => {
  const index = indexPathOf(place.path);
  const record = (row: number) => ({ row, channel: 0, offset: 100 * row, sizeBytes: 100, receivedAtMs: row });
  const writer = new ChunkIndexWriter(index, 0);
  writer.append(record(0));
  whileLimited(32 + 5, () => expect(() => writer.append(record(1))).toThrow('EFBIG'));
  expect(statSync(index).size).toBe(37);
  for (const row of [1, 2]) writer.append(record(row));
  writer.close();
  expect(recoverChunkIndex(index)).toEqual([0, 1, 2].map(record));
});

it('finds missing frames as ranges, and bounds them', () => {
  const frames = new FrameSet();
  for (const id of [0, 1, 5, 9, 100_000]) expect(frames.add(id)).toBe(true);
  expect(frames.add(5)).toBe(false);
  expect([frames.count, frames.last]).toEqual([5, 100_000]);
  expect(frames.missing(11)).toEqual([
    [2, 4],
    [6, 8],
    [10, 10],
  ]);
  expect(frames.missing(11, 2)).toEqual([
    [2, 4],
    [6, 10],
  ]);
  expect(countRanges(frames.missing(11))).toBe(7);
  expect(describeRanges(frames.missing(11), 2)).toBe('2–4, 6–8 and 1 more ranges');
});
