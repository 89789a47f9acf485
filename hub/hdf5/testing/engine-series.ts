import type { Dtype, DtypeArray } from '#src/shared/model/dtype.ts';
import type { ChunkFilter } from '../chunk-filters.ts';
import type { ChannelLayout } from '../data-file.ts';
import type { MasterInput, StoredArray } from '../master-input.ts';
import { encodeTestChunk, testPixels } from './test-frames.ts';
import { type WrittenSeries, writeSeries } from './write-series.ts';

export const SHAPE = [80, 100] as const;
export const PIXELS = SHAPE[0] * SHAPE[1];
export const IMAGES = 10;
export const MASK = Uint32Array.from({ length: PIXELS }, (_, index) =>
  index % 17 === 0 ? 1 : index % 31 === 0 ? 8 : 0,
);

const GEOMETRY: Partial<MasterInput> = {
  wavelengthA: 1,
  sensorMaterial: 'Si',
  sensorThicknessM: 4.5e-4,
  pixelSizeXM: 7.5e-5,
  pixelSizeYM: 7.5e-5,
  beamCenterXPx: 48.5,
  beamCenterYPx: 41.25,
  distanceM: 0.18,
  frameTimeS: 0.01,
  saturationValue: 60_000,
  goniometer: { omega: { startDeg: 10, incrementDeg: 0.1 } },
};

export interface EngineSeries {
  written: WrittenSeries;
  /** [image][channel] */
  pixels: DtypeArray[][];
  chunks: (Uint8Array | undefined)[][];
}

export interface EngineSeriesOptions {
  /** Images that never came. */
  missing?: readonly number[];
  /** Images that came without this channel. */
  missingChannels?: readonly (readonly [image: number, channel: number])[];
  fillGaps?: boolean;
  master?: Partial<MasterInput>;
  mask?: ChunkFilter;
}

/** Writes a rotation series of ten small images over three data files. */
export function makeEngineSeries(
  folder: string,
  prefix: string,
  channels: readonly ChannelLayout[],
  options: EngineSeriesOptions = {},
): EngineSeries {
  const isMissing = (image: number, channel: number) =>
    options.missing?.includes(image) ||
    options.missingChannels?.some(([missing, of]) => missing === image && of === channel);
  // The channels of an image differ, so that a mix-up shows.
  const pixels = Array.from({ length: IMAGES }, (_, frame) =>
    channels.map(({ dtype }, channel) => testPixels(dtype, PIXELS, frame + channel * IMAGES)),
  );
  const chunks = pixels.map((perChannel, frame) =>
    perChannel.map((values, channel) =>
      isMissing(frame, channel)
        ? undefined
        : encodeTestChunk(channels[channel]!.filter, channels[channel]!.dtype, values),
    ),
  );
  const filter = options.mask ?? 'bslz4';
  const pixelMask: StoredArray = {
    dtype: 'u4',
    shape: SHAPE,
    filter,
    bytes: encodeTestChunk(filter, 'u4', MASK),
  };
  const written = writeSeries(folder, {
    prefix,
    frames: chunks,
    fillGaps: options.fillGaps,
    master: {
      ...GEOMETRY,
      ...options.master,
      channels: channels.map((layout) => ({ ...layout, pixelMask })),
      framesPerFile: 4,
    },
  });
  return { written, pixels, chunks };
}

export function layout(dtype: Dtype, filter: ChunkFilter, name = 'threshold_1'): ChannelLayout {
  return { name, dtype, shape: SHAPE, filter };
}
