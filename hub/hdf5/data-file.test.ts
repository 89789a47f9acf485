import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DTYPES, dtypeInvalidValue } from '#src/shared/model/dtype.ts';
import { encodeBszstdReference } from '#src/testing/zstd-blocks.ts';
import {
  buildDataFileHead,
  type ChannelLayout,
  type ChunkEntry,
  type DataFileHeadInput,
  dataFileHeadBytes,
  MAX_FRAMES_PER_FILE,
} from './data-file.ts';
import { encodeGapChunk } from './gap-chunk.ts';
import { datasetAt, datasetValues, withHdf5File } from './testing/read-hdf5.ts';
import { encodeTestChunk, testPixels } from './testing/test-frames.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hdf5-data-file-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Lays chunks behind the head in the given order and returns the whole file. */
function assemble(
  base: Omit<DataFileHeadInput, 'chunks' | 'fileBytes'>,
  arrivals: readonly { frame: number; channel: number; bytes: Uint8Array }[],
): Uint8Array {
  let offset = dataFileHeadBytes(base.channels, base.framesPerFile);
  const chunks: ChunkEntry[] = [];
  for (const { frame, channel, bytes } of arrivals) {
    chunks.push({ frame, channel, offset, sizeBytes: bytes.length });
    offset += bytes.length;
  }
  const head = buildDataFileHead({ ...base, chunks, fileBytes: offset });
  return Buffer.concat([head, ...arrivals.map(({ bytes }) => bytes)]);
}

function save(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe('every element type and compression reads back with the HDF5 library', () => {
  for (const dtype of DTYPES) {
    for (const filter of ['bslz4', 'bszstd', 'lz4', 'none'] as const) {
      test(`${dtype} ${filter}`, async () => {
        const channels: ChannelLayout[] = [{ name: 'threshold_1', dtype, shape: [67, 131], filter }];
        const frames = [0, 1, 2].map((frame) => testPixels(dtype, 67 * 131, frame));
        const arrivals = [2, 0, 1].map((frame) => ({
          frame,
          channel: 0,
          bytes: encodeTestChunk(filter, dtype, frames[frame]!),
        }));
        const path = save(
          `${dtype}-${filter}.h5`,
          assemble({ channels, framesPerFile: 3, frames: 3, firstImageNumber: 7 }, arrivals),
        );
        await withHdf5File(path, (file) => {
          const data = datasetAt(file, 'entry/data/data');
          expect(data.shape).toEqual([3, 67, 131]);
          expect(data.metadata.chunks).toEqual([1, 67, 131]);
          expect(data.attrs.image_nr_low?.value).toBe(7);
          expect(data.attrs.image_nr_high?.value).toBe(9);
          const values = datasetValues(file, 'entry/data/data');
          expect(values.length).toBe(3 * 67 * 131);
          for (const [index, frame] of frames.entries()) {
            const read = Array.prototype.slice.call(values, index * 67 * 131, (index + 1) * 67 * 131);
            expect(read).toEqual(Array.from(frame as ArrayLike<number | bigint>));
          }
        });
      });
    }
  }
});

test('bitshuffle-Zstandard as the reference implementation makes it reads back with the HDF5 library', async () => {
  const channels: ChannelLayout[] = [{ name: 'default', dtype: 'i4', shape: [301, 211], filter: 'bszstd' }];
  const frames = [0, 1].map((frame) => testPixels('i4', 301 * 211, frame) as Int32Array);
  const arrivals = frames.map((pixels, frame) => ({
    frame,
    channel: 0,
    bytes: encodeBszstdReference(new Uint8Array(pixels.buffer), 4, {
      blockBytes: frame === 0 ? 8192 : 16_384,
    }),
  }));
  const path = save(
    'zstandard.h5',
    assemble({ channels, framesPerFile: 2, frames: 2, firstImageNumber: 1 }, arrivals),
  );
  await withHdf5File(path, (file) => {
    const values = datasetValues(file, 'entry/data/data');
    expect(Array.from(values)).toEqual(frames.flatMap((pixels) => [...pixels]));
  });
});

describe('channels and gaps', () => {
  const channels: ChannelLayout[] = [
    { name: 'threshold_1', dtype: 'u2', shape: [4, 6], filter: 'bslz4' },
    { name: 'threshold_2', dtype: 'u4', shape: [4, 6], filter: 'lz4' },
    { name: 'difference', dtype: 'i4', shape: [4, 6], filter: 'none' },
  ];
  const pixels = channels.map(({ dtype }) => [0, 1, 2, 3].map((frame) => testPixels(dtype, 24, frame)));
  const chunk = (frame: number, channel: number) => ({
    frame,
    channel,
    bytes: encodeTestChunk(channels[channel]!.filter, channels[channel]!.dtype, pixels[channel]![frame]!),
  });

  test('each channel is a dataset; frames that never came read as the invalid value', async () => {
    const arrivals = [chunk(0, 0), chunk(0, 1), chunk(3, 2), chunk(3, 0), chunk(1, 2)];
    const base = { channels, framesPerFile: 1000, frames: 4, firstImageNumber: 1001 };
    const path = save('channels.h5', assemble(base, arrivals));
    const arrived = new Set(arrivals.map(({ frame, channel }) => `${channel}/${frame}`));
    await withHdf5File(path, (file) => {
      for (const [channel, { name, dtype }] of channels.entries()) {
        const values = datasetValues(file, `entry/data/${channel === 0 ? 'data' : name}`);
        for (let frame = 0; frame < 4; frame++) {
          const read = Array.prototype.slice.call(values, frame * 24, (frame + 1) * 24);
          const expected = arrived.has(`${channel}/${frame}`)
            ? Array.from(pixels[channel]![frame]! as ArrayLike<number>)
            : new Array(24).fill(dtypeInvalidValue(dtype));
          expect(read).toEqual(expected);
        }
      }
    });
  });

  const gapFilters = ['bslz4', 'bszstd', 'lz4', 'none'] as const;
  test.each(gapFilters)(
    'several frames may point at one %s gap chunk, which reads as the fill value does',
    async (filter) => {
      const first = [{ ...channels[0]!, filter }];
      const real = encodeTestChunk(filter, 'u2', pixels[0]![1]!);
      const gap = encodeGapChunk(first[0]!);
      const headBytes = dataFileHeadBytes(first, 4);
      const gapAt = headBytes + real.length;
      const head = buildDataFileHead({
        channels: first,
        framesPerFile: 4,
        frames: 3,
        firstImageNumber: 1,
        chunks: [
          { frame: 1, channel: 0, offset: headBytes, sizeBytes: real.length },
          { frame: 0, channel: 0, offset: gapAt, sizeBytes: gap.length },
          { frame: 2, channel: 0, offset: gapAt, sizeBytes: gap.length },
        ],
        fileBytes: gapAt + gap.length,
      });
      const path = save(`gap-${filter}.h5`, Buffer.concat([head, real, gap]));
      await withHdf5File(path, (file) => {
        const values = datasetValues(file, 'entry/data/data');
        const invalid = new Array(24).fill(65_535);
        const expected = [...invalid, ...Array.from(pixels[0]![1]! as ArrayLike<number>), ...invalid];
        expect(Array.from(values)).toEqual(expected);
      });
    },
  );
});

describe('head size', () => {
  const channels: ChannelLayout[] = [{ name: 'a', dtype: 'u4', shape: [4148, 4362], filter: 'bslz4' }];

  test('is known before any frame, aligned, and the same for the shorter last file', () => {
    for (const framesPerFile of [1, 10, 1000, 1025, 5000]) {
      const headBytes = dataFileHeadBytes(channels, framesPerFile);
      expect(headBytes % 4096).toBe(0);
      for (const frames of new Set([1, framesPerFile])) {
        const chunks: ChunkEntry[] = [];
        for (let frame = 0; frame < frames; frame++) {
          chunks.push({ frame, channel: 0, offset: headBytes + 1e7 * frame, sizeBytes: 1e7 });
        }
        const fileBytes = headBytes + 1e7 * frames;
        const input = { channels, framesPerFile, frames, firstImageNumber: 1, chunks, fileBytes };
        expect(buildDataFileHead(input).length).toBe(headBytes);
      }
    }
  });

  test('more than 1024 frames per file read back (index in one page)', async () => {
    const small: ChannelLayout[] = [{ name: 'a', dtype: 'u1', shape: [2, 2], filter: 'none' }];
    const frames = 3000;
    const arrivals = Array.from({ length: frames }, (_, frame) => ({
      frame,
      channel: 0,
      bytes: Uint8Array.of(frame % 256, frame >> 8, 1, 2),
    }));
    const path = save(
      'many.h5',
      assemble({ channels: small, framesPerFile: 4000, frames, firstImageNumber: 1 }, arrivals),
    );
    await withHdf5File(path, (file) => {
      const last = datasetAt(file, 'entry/data/data').slice([[2999, 3000]]);
      expect(Array.from(last as unknown as ArrayLike<number>)).toEqual([2999 % 256, 2999 >> 8, 1, 2]);
    });
  });
});

describe('input that contradicts itself is refused with its reason', () => {
  const channels: ChannelLayout[] = [{ name: 'a', dtype: 'u2', shape: [2, 3], filter: 'none' }];
  const good: DataFileHeadInput = {
    channels,
    framesPerFile: 2,
    frames: 2,
    firstImageNumber: 1,
    chunks: [{ frame: 0, channel: 0, offset: 4096, sizeBytes: 12 }],
    fileBytes: 4108,
  };
  const chunk = good.chunks[0]!;
  const cases: [string, Partial<DataFileHeadInput>, string][] = [
    ['no channels', { channels: [] }, 'at least one channel'],
    [
      'two channels of one name',
      { channels: [channels[0]!, { ...channels[0]!, name: 'data' }] },
      'two channels',
    ],
    ['empty shape', { channels: [{ ...channels[0]!, shape: [0, 3] }] }, 'impossible shape'],
    ['no frames', { frames: 0 }, 'frames must be'],
    ['too many frames', { frames: 3 }, 'do not fit'],
    ['absurd file', { framesPerFile: MAX_FRAMES_PER_FILE + 1 }, 'frames per file'],
    ['image number 0', { firstImageNumber: 0 }, 'first image number'],
    ['file shorter than its head', { fileBytes: 100 }, 'cannot hold its head'],
    ['frame outside', { chunks: [{ ...chunk, frame: 2 }] }, 'the file has 2 frames'],
    ['unknown channel', { chunks: [{ ...chunk, channel: 1 }] }, 'there are 1 channels'],
    ['chunk twice', { chunks: [chunk, chunk] }, 'given twice'],
    ['chunk inside the head', { chunks: [{ ...chunk, offset: 4000 }] }, 'outside the data area'],
    ['chunk behind the end', { chunks: [{ ...chunk, offset: 4097 }] }, 'outside the data area'],
    ['offset not a number', { chunks: [{ ...chunk, offset: Number.NaN }] }, 'outside the data area'],
    ['uncompressed of wrong size', { chunks: [{ ...chunk, sizeBytes: 11 }] }, '12 bytes, got 11'],
  ];
  test('the base case is good', () => {
    expect(buildDataFileHead(good).length).toBe(4096);
  });
  for (const [name, change, reason] of cases) {
    test(name, () => {
      expect(() => buildDataFileHead({ ...good, ...change })).toThrow(reason);
    });
  }
});
