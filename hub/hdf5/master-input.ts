import type { Dtype } from '#src/shared/model/dtype.ts';
import type { ChunkFilter } from './chunk-filters.ts';
import type { ChannelLayout } from './data-file.ts';

/** A two-dimensional table as the detector sent it; `bytes` are stored unchanged (for bslz4 and lz4 with their header). */
export interface StoredArray {
  dtype: Dtype;
  shape: readonly [rows: number, columns: number];
  filter: ChunkFilter;
  bytes: Uint8Array;
}

export interface MasterChannel extends ChannelLayout {
  thresholdEnergyEv?: number;
  /** Mask bits: 0 gap, 1 dead, 2 under-, 3 over-responding, 4 noisy. */
  pixelMask?: StoredArray;
  flatfield?: StoredArray;
}

export interface MasterDataFile {
  /** Name relative to the master's folder. */
  fileName: string;
  /** 1-based number of its first row within the series. */
  firstImage: number;
  /** Rows in the file, including images that never arrived. */
  frames: number;
}

export const GONIOMETER_AXES = ['omega', 'phi', 'chi', 'kappa', 'two_theta'] as const;
export type GoniometerAxis = (typeof GONIOMETER_AXES)[number];

export interface AxisMotion {
  startDeg: number;
  /** Per image; 0 for an axis that stands still. */
  incrementDeg: number;
}

/** What a master file can say. Leave out what nobody told us: absent content is left out of the file, not invented. */
export interface MasterInput {
  /** Own name, for the attribute `file_name`. */
  fileName: string;
  /** The first is the one readers see as `/entry/data/data`. */
  channels: readonly MasterChannel[];
  framesPerFile: number;
  /** Without gaps, in order; every one but the last with `framesPerFile` rows (neggia computes file and row from it). */
  dataFiles: readonly MasterDataFile[];
  /** Announced by the start of the series. */
  imagesExpected?: number;
  /** Images that really arrived. */
  imagesReceived: number;

  /** ISO 8601, UTC. */
  startTime?: string;
  endTime?: string;
  sourceName?: string;
  sourceShortName?: string;
  instrumentName?: string;
  instrumentShortName?: string;
  sampleName?: string;

  wavelengthA?: number;
  photonEnergyEv?: number;
  totalFluxHz?: number;

  detectorDescription?: string;
  detectorSerialNumber?: string;
  sensorMaterial?: string;
  sensorThicknessM?: number;
  pixelSizeXM?: number;
  pixelSizeYM?: number;
  beamCenterXPx?: number;
  beamCenterYPx?: number;
  /** Sample to detector along the beam. */
  distanceM?: number;
  countTimeS?: number;
  frameTimeS?: number;
  saturationValue?: number;
  underloadValue?: number;
  pixelMaskApplied?: boolean;
  flatfieldApplied?: boolean;
  countrateCorrectionApplied?: boolean;
  virtualPixelInterpolationApplied?: boolean;
  countrateCorrectionTable?: { dtype: Dtype; shape: readonly number[]; bytes: Uint8Array };

  goniometer?: Readonly<Partial<Record<GoniometerAxis, AxisMotion>>>;
  /**
   * Direction of the scan axis in the McStas frame (z along the beam, y up, x to the left seen along the beam),
   * right-handed for increasing angle. Default (-1, 0, 0): the usual horizontal axis, +x of imgCIF.
   */
  rotationAxisMcStas?: readonly [number, number, number];

  /** Further scalars for detectorSpecific, by name (trigger_mode, software_version, series_unique_id, user_data, …). */
  detectorSpecific?: Readonly<Record<string, string | number | boolean>>;
}

/** Throws Error when the parts of the input contradict each other. */
export function checkMasterInput(input: MasterInput): void {
  if (input.channels.length === 0) throw new Error('a master file needs at least one channel');
  let nextImage = 1;
  for (const [index, file] of input.dataFiles.entries()) {
    const isLast = index === input.dataFiles.length - 1;
    if (file.firstImage !== nextImage) {
      throw new Error(`${file.fileName} starts with image ${file.firstImage}, expected ${nextImage}`);
    }
    if (!Number.isInteger(file.frames) || file.frames < 1 || file.frames > input.framesPerFile) {
      throw new Error(`${file.fileName} has ${file.frames} rows, allowed are 1 to ${input.framesPerFile}`);
    }
    if (!isLast && file.frames !== input.framesPerFile) {
      throw new Error(
        `${file.fileName} has ${file.frames} rows; all files but the last need ${input.framesPerFile}`,
      );
    }
    nextImage += file.frames;
  }
  if (input.imagesReceived > nextImage - 1) {
    throw new Error(`${input.imagesReceived} images received, but the data files have ${nextImage - 1} rows`);
  }
  for (const channel of input.channels) {
    checkTable(channel, 'pixel mask', channel.pixelMask);
    checkTable(channel, 'flat field', channel.flatfield);
  }
}

function checkTable(channel: MasterChannel, what: string, table: StoredArray | undefined): void {
  if (table === undefined) return;
  if (table.shape[0] !== channel.shape[0] || table.shape[1] !== channel.shape[1]) {
    throw new Error(
      `${what} of channel "${channel.name}" is ${table.shape.join(' × ')}, its images are ${channel.shape.join(' × ')}`,
    );
  }
}

/** Rows of the whole series, as readers count images. */
export function masterRows(input: MasterInput): number {
  return input.dataFiles.reduce((rows, file) => rows + file.frames, 0);
}
