import type { Dtype } from './dtype.ts';
import type { FrameValueName } from './frame-values.ts';

/*
 * A detector's stream as the rest of the house sees it: SIMPLON Stream V1 and V2, and Jungfraujoch. Null means that the
 * source did not say (or said nonsense, see `warnings`); nothing is invented here.
 */

/** How the pixels of a frame are compressed, named as the chunk filter that stores them unchanged. */
export type StreamFilter = 'bslz4' | 'bszstd' | 'lz4' | 'none';

/** An array of a message; `bytes` is a view of the message, so it keeps the message alive. */
export interface StreamArray {
  dtype: Dtype;
  /** Row-major, slowest first: an image is [rows, columns]. A list without dimensions is [length]. */
  shape: readonly number[];
  filter: StreamFilter;
  /** Bytes of one element, as the filter wants it. */
  elementSize: 1 | 2 | 4 | 8;
  bytes: Uint8Array;
}

export interface StreamImageArray extends StreamArray {
  shape: readonly [rows: number, columns: number];
}

/** Seconds as the exact fraction the detector sent, in units of its own clock. */
export interface StreamTime {
  numerator: number;
  denominator: number;
}

export interface StreamAxis {
  startDeg: number;
  incrementDeg: number;
}

export type StreamAxisName = 'chi' | 'kappa' | 'omega' | 'phi' | 'two_theta';

/** Anything JSON can say; byte strings and typed arrays of the sender are left out. */
export type JsonLike =
  | null
  | boolean
  | number
  | string
  | readonly JsonLike[]
  | { readonly [key: string]: JsonLike };

interface SeriesIdentity {
  seriesId: number;
  /** Unique together with the detector's serial number; the series id as text when the source sends none. */
  seriesUniqueId: string;
}

export interface StreamStart extends SeriesIdentity {
  type: 'start';
  /** ISO 8601 as sent, with the detector's own offset. */
  armDate: string | null;
  channels: readonly string[];
  numberOfImages: number | null;
  imageSizeX: number | null;
  imageSizeY: number | null;
  imageDtype: Dtype | null;
  beamCenterXPx: number | null;
  beamCenterYPx: number | null;
  detectorDistanceM: number | null;
  detectorTranslationM: readonly [number, number, number] | null;
  detectorDescription: string | null;
  detectorSerialNumber: string | null;
  energyEv: number | null;
  wavelengthA: number | null;
  countTimeS: number | null;
  frameTimeS: number | null;
  pixelSizeXM: number | null;
  pixelSizeYM: number | null;
  sensorMaterial: string | null;
  sensorThicknessM: number | null;
  saturationValue: number | null;
  goniometer: Readonly<Partial<Record<StreamAxisName, StreamAxis>>>;
  thresholdsEv: Readonly<Record<string, number>>;
  /** Per channel, u4, compression untouched. Bits: 0 gap, 1 dead, 2 under-, 3 over-responding, 4 noisy. */
  pixelMasks: ReadonlyMap<string, StreamImageArray>;
  flatfields: ReadonlyMap<string, StreamImageArray>;
  pixelMaskEnabled: boolean | null;
  flatfieldEnabled: boolean | null;
  countrateCorrectionEnabled: boolean | null;
  virtualPixelInterpolationEnabled: boolean | null;
  countrateCorrectionTable: StreamArray | null;
  /** Parsed when the sender put JSON into a text. */
  userData: JsonLike;
  /** Keys this version does not know, in JSON form. */
  extra: Readonly<Record<string, JsonLike>>;
  /** Known keys whose value made no sense; each was taken as missing. */
  warnings: readonly string[];
}

export interface StreamImage extends SeriesIdentity {
  type: 'image';
  /** From 0. */
  imageId: number;
  channels: ReadonlyMap<string, StreamImageArray>;
  startTime: StreamTime | null;
  stopTime: StreamTime | null;
  realTime: StreamTime | null;
  seriesDate: string | null;
  userData: JsonLike;
  /** Numbers the source found in this image, by our names (frame-values.ts); finite. */
  values: Readonly<Partial<Record<FrameValueName, number>>>;
}

export interface StreamEnd extends SeriesIdentity {
  type: 'end';
}

/** A message of Jungfraujoch that belongs to a series and is kept whole. */
export interface StreamSupplement {
  type: 'supplement';
  kind: 'calibration' | 'metadata';
  /** Null when the message does not say; it then belongs to the series that is open. */
  seriesUniqueId: string | null;
}

/** A well-formed message of a type this version does not handle. */
export interface StreamUnknown {
  type: 'unknown';
  messageType: string;
}

export type StreamMessage = StreamStart | StreamImage | StreamEnd | StreamSupplement | StreamUnknown;
