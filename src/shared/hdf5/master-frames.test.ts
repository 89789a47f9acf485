import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { layout, makeEngineSeries } from '#hub/hdf5/testing/engine-series.ts';
import { decodeChunk } from '../codecs/chunk.ts';
import type { DtypeArray } from '../model/dtype.ts';
import { type FramePiece, type LocatedChannel, locateFrames } from './master-frames.ts';
import { entryOf, pixelHash, type Report, sourceOf } from './testing/compare-report.ts';

const FILES = join(import.meta.dirname, 'testing', 'files');

const locate = (folder: string, master: string) =>
  locateFrames(sourceOf(readFileSync(join(folder, master))), async (file) => {
    const path = join(folder, file);
    return existsSync(path) ? sourceOf(readFileSync(path)) : null;
  });

/** Hashes of the pixels by frame, as the report of the data files has them. */
function hashes(channel: LocatedChannel, folder: string): Record<number, string | null> {
  const found: Record<number, string | null> = {};
  for (const piece of channel.pieces) {
    const bytes = new Uint8Array(readFileSync(join(folder, piece.file!)));
    for (let row = 0; row < piece.frames; row++) found[piece.firstFrame + row] = pixelHash(bytes, piece, row);
  }
  return found;
}

const reported = (object: string): Record<number, string | null> => {
  const all: Record<number, string | null> = {};
  let first = 0;
  for (const n of [1, 2]) {
    const report = JSON.parse(readFileSync(join(FILES, `series_data_00000${n}.json`), 'utf8')) as Report;
    const frames = Object.values(report[object]!.frames);
    for (const [row, hash] of frames.entries()) all[first + row] = hash;
    first += frames.length;
  }
  return all;
};

describe('masters of another program, whose last data file never came', () => {
  it('with links', async () => {
    const [channel, ...others] = await locate(FILES, 'series_links.h5');
    expect(others).toEqual([]);
    expect(channel).toMatchObject({ name: 'default', frames: null });
    expect(hashes(channel!, FILES)).toEqual(reported('/entry/data/data'));
    expect(channel!.absent).toEqual([
      {
        file: 'series_data_000003.h5',
        reason: 'The file series_data_000003.h5 is not there.',
        firstFrame: 5,
        frames: null,
      },
    ]);
  });

  it.each(['earliest', 'latest'])('with a view over them: %s', async (version) => {
    const [channel, ...others] = await locate(FILES, `series_view_${version}.h5`);
    expect(others).toEqual([]);
    expect(channel).toMatchObject({ name: 'default', frames: 7 });
    expect(hashes(channel!, FILES)).toEqual(reported('/entry/data/data'));
    expect(channel!.absent).toMatchObject([{ file: 'series_data_000003.h5', firstFrame: 5, frames: 2 }]);
  });

  it.each(['earliest', 'latest'])('with a view of several channels: %s', async (version) => {
    const channels = await locate(FILES, `series_channels_${version}.h5`);
    expect(channels.map(({ name }) => name)).toEqual(['threshold_1', 'difference']);
    expect(hashes(channels[0]!, FILES)).toEqual(reported('/entry/data/data'));
    expect(hashes(channels[1]!, FILES)).toEqual(reported('/entry/data/difference'));
    for (const { absent } of channels) expect(absent).toHaveLength(1);
  });
});

describe('masters of the HUB', () => {
  const pixelsOf = (bytes: Uint8Array, piece: FramePiece, row: number) => {
    const entry = entryOf(piece, row);
    if (entry === null) return null;
    const [offset, sizeBytes] = entry;
    const { dtype, filter, shape } = piece;
    return decodeChunk({
      ...{ dtype, filter, elements: shape[0] * shape[1] },
      bytes: bytes.subarray(offset, offset + sizeBytes),
    });
  };

  const bytesOf = (pixels: DtypeArray) => Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength);

  it.each(['bslz4', 'bszstd', 'lz4', 'none'] as const)(
    'of several channels, packed by %s',
    async (filter) => {
      const folder = mkdtempSync(join(tmpdir(), 'beamdeck-master-'));
      try {
        const names = ['threshold_1', 'threshold_2', 'difference'];
        const series = makeEngineSeries(
          folder,
          'run',
          names.map((name) => layout('u4', filter, name)),
          { missingChannels: [[2, 1]] },
        );
        const channels = await locate(folder, 'run_master.h5');
        expect(channels.map(({ name }) => name)).toEqual(names);
        for (const [channel, { pieces, absent, frames }] of channels.entries()) {
          expect(absent).toEqual([]);
          expect(frames).toBe(10);
          expect(pieces.map(({ firstFrame, frames }) => [firstFrame, frames])).toEqual([
            [0, 4],
            [4, 4],
            [8, 2],
          ]);
          for (const piece of pieces) {
            const bytes = new Uint8Array(readFileSync(join(folder, piece.file!)));
            for (let row = 0; row < piece.frames; row++) {
              const image = piece.firstFrame + row;
              const found = pixelsOf(bytes, piece, row);
              if (image === 2 && channel === 1) expect(found).toBeNull();
              else expect(bytesOf(found!).equals(bytesOf(series.pixels[image]![channel]!))).toBe(true);
            }
          }
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});

it('a file without images says so', async () => {
  await expect(locate(FILES, 'layouts_latest.h5')).rejects.toThrow(/no images in \/entry\/data/);
});
