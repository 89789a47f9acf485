import type { SeriesOpenRequest } from '#src/shared/contracts/agent-api.ts';
import type { Geometry } from '#src/shared/contracts/geometry.ts';
import { cleanPrefix } from '#src/shared/model/store-path.ts';
import type { StreamImage, StreamImageArray, StreamStart } from '#src/shared/model/stream.ts';
import type { ChannelLayout } from '../hdf5/data-file.ts';

/*
 * What is decided once per series: how many images a data file holds, which channels it has, what the server is told.
 */

const TARGET_FILE_AGE_S = 1;
const FRAMES_PER_FILE_UNKNOWN = 100;
const MAX_FRAMES_PER_FILE = 1000;
/** A source that splits its stream in odd numbers of images gets longer files rather than files of one image. */
const MAX_SPLIT_FRAMES_PER_FILE = 10_000;

/**
 * Images per data file: as many as arrive within a second, so that nobody waits longer than that for a file; 1 to 1000.
 * The same for every file of the series but the last (XDS with neggia computes file and row from it).
 *
 * Jungfraujoch says in its user data how many images a file of its own writer would hold, and sends all images of one such
 * file through one socket. Ours hold a divisor of that number, so that each of them comes through one socket too.
 */
export function planFramesPerFile(start: Pick<StreamStart, 'frameTimeS' | 'userData'>): number {
  const { frameTimeS } = start;
  const known = frameTimeS !== null && frameTimeS > 0;
  const wanted = known ? Math.round(TARGET_FILE_AGE_S / frameTimeS) : FRAMES_PER_FILE_UNKNOWN;
  const perFile = Math.min(MAX_FRAMES_PER_FILE, Math.max(1, wanted));
  const perSocket = userField(start, 'images_per_file');
  // 0 = all images in one file.
  const isSplit = typeof perSocket === 'number' && Number.isSafeInteger(perSocket) && perSocket > 0;
  return isSplit ? nearestDivisor(perSocket, perFile) : perFile;
}

/** The divisor of `whole` that is nearest to `wanted` by ratio. */
function nearestDivisor(whole: number, wanted: number): number {
  const distance = (divisor: number) => Math.abs(Math.log(divisor / wanted));
  let best = 1;
  for (let divisor = 2; divisor <= Math.min(whole, MAX_SPLIT_FRAMES_PER_FILE); divisor++) {
    if (whole % divisor === 0 && distance(divisor) < distance(best)) best = divisor;
  }
  return best;
}

/** A start as it would look from a source that said nothing: for series whose start message was missed. */
export function silentStart(series: { seriesId: number; seriesUniqueId: string }): StreamStart {
  return {
    type: 'start',
    ...series,
    armDate: null,
    channels: [],
    numberOfImages: null,
    imageSizeX: null,
    imageSizeY: null,
    imageDtype: null,
    beamCenterXPx: null,
    beamCenterYPx: null,
    detectorDistanceM: null,
    detectorTranslationM: null,
    detectorDescription: null,
    detectorSerialNumber: null,
    energyEv: null,
    wavelengthA: null,
    countTimeS: null,
    frameTimeS: null,
    pixelSizeXM: null,
    pixelSizeYM: null,
    sensorMaterial: null,
    sensorThicknessM: null,
    saturationValue: null,
    goniometer: {},
    thresholdsEv: {},
    pixelMasks: new Map(),
    flatfields: new Map(),
    pixelMaskEnabled: null,
    flatfieldEnabled: null,
    countrateCorrectionEnabled: null,
    virtualPixelInterpolationEnabled: null,
    countrateCorrectionTable: null,
    userData: null,
    extra: {},
    warnings: [],
  };
}

/**
 * Why an array cannot be stored as a frame of this layout; null when it can. That a blob announces as many bytes as its
 * shape needs was checked when the message was decoded.
 */
export function arrayFault(array: StreamImageArray, layout: ChannelLayout): string | null {
  const [rows, columns] = array.shape;
  if (rows !== layout.shape[0] || columns !== layout.shape[1]) {
    return `${rows} × ${columns} pixels instead of ${layout.shape[0]} × ${layout.shape[1]}`;
  }
  if (array.dtype !== layout.dtype) return `element type ${array.dtype} instead of ${layout.dtype}`;
  if (array.filter !== layout.filter) return `compression ${array.filter} instead of ${layout.filter}`;
  return null;
}

/**
 * Channels of a series, from the first usable image and the start's list of names, in the start's order. What the start
 * says about the size and type of images counts more than one image; a channel announced but absent from the first
 * image is taken to look like the first. Null with the reason when the image contradicts the start.
 */
export function planChannels(
  start: StreamStart,
  image: StreamImage,
): { channels: ChannelLayout[] } | { fault: string } {
  const names = [
    ...start.channels,
    ...[...image.channels.keys()].filter((name) => !start.channels.includes(name)),
  ];
  let model: StreamImageArray | undefined;
  for (const array of image.channels.values()) {
    const fault = startFault(start, array);
    if (fault !== null) return { fault };
    model ??= array;
  }
  if (model === undefined) return { fault: 'no channel' };
  const channels = names.slice(0, 16).map((name) => {
    const { dtype, shape, filter } = image.channels.get(name) ?? model;
    return { name, dtype, shape: [shape[0], shape[1]] as const, filter };
  });
  return { channels };
}

function startFault(start: StreamStart, array: StreamImageArray): string | null {
  const [rows, columns] = array.shape;
  const sizeKnown = start.imageSizeX !== null && start.imageSizeY !== null;
  if (sizeKnown && (rows !== start.imageSizeY || columns !== start.imageSizeX)) {
    return `${rows} × ${columns} pixels instead of the announced ${start.imageSizeY} × ${start.imageSizeX}`;
  }
  return null;
}

/** Channels of a series that ended without any image: what its start said, so that the empty dataset can be shown. */
export function channelsWithoutImages(start: StreamStart): ChannelLayout[] {
  const names = start.channels.length > 0 ? start.channels : ['default'];
  const shape = [start.imageSizeY ?? 1, start.imageSizeX ?? 1] as const;
  return names.slice(0, 16).map((name) => ({ name, dtype: start.imageDtype ?? 'u4', shape, filter: 'none' }));
}

function geometryOf(start: StreamStart, layout: ChannelLayout): Geometry {
  // 0/0 is what detectors send when nobody set the beam centre.
  const centreKnown = Boolean(start.beamCenterXPx) || Boolean(start.beamCenterYPx);
  return {
    imageSizeXPx: layout.shape[1],
    imageSizeYPx: layout.shape[0],
    pixelSizeXM: start.pixelSizeXM,
    pixelSizeYM: start.pixelSizeYM,
    beamCenterXPx: centreKnown ? start.beamCenterXPx : null,
    beamCenterYPx: centreKnown ? start.beamCenterYPx : null,
    detectorDistanceM: start.detectorDistanceM,
    wavelengthA: start.wavelengthA,
    energyEv: start.energyEv,
    frameTimeS: start.frameTimeS,
    countTimeS: start.countTimeS,
    omegaStartDeg: start.goniometer.omega?.startDeg ?? null,
    omegaIncrementDeg: start.goniometer.omega?.incrementDeg ?? null,
    saturationValue: start.saturationValue,
    sensorMaterial: start.sensorMaterial,
    sensorThicknessM: start.sensorThicknessM,
    detectorDescription: start.detectorDescription,
    detectorSerialNumber: start.detectorSerialNumber,
    thresholdsEv: start.thresholdsEv,
  };
}

function userField({ userData }: Pick<StreamStart, 'userData'>, key: string): unknown {
  if (typeof userData !== 'object' || userData === null || Array.isArray(userData)) return undefined;
  return (userData as Readonly<Record<string, unknown>>)[key];
}

function userText(start: StreamStart, key: string): string | null {
  const value = userField(start, key);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** User data larger than this are not worth a place in the database; they stay in the master file. */
const MAX_USER_DATA_CHARS = 64 * 1024;

export interface PlannedRequest {
  request: SeriesOpenRequest;
  /** What was changed of the wanted name, one sentence each. */
  nameChanges: string[];
}

/** What the server is told about a series. */
export function planOpenRequest(input: {
  seriesKey: string;
  detector: string;
  participants: number;
  fallbackSerialNumber: string | null;
  start: StreamStart;
  channels: readonly ChannelLayout[];
  framesPerFile: number;
  startedAt: string;
  clockOffsetMs: number;
}): PlannedRequest {
  const { start, channels } = input;
  const { prefix, changes } = cleanPrefix(userText(start, 'file_prefix') ?? '');
  const serial = start.detectorSerialNumber ?? input.fallbackSerialNumber ?? input.detector;
  const userDataFits = JSON.stringify(start.userData).length <= MAX_USER_DATA_CHARS;
  return {
    nameChanges: changes,
    request: {
      seriesKey: input.seriesKey,
      detector: input.detector,
      detectorSerialNumber: serial.slice(0, 200),
      seriesUniqueId: start.seriesUniqueId,
      seriesId: start.seriesId,
      startedAt: input.startedAt,
      clockOffsetMs: input.clockOffsetMs,
      participants: input.participants,
      prefix,
      framesExpected: start.numberOfImages !== null && start.numberOfImages > 0 ? start.numberOfImages : null,
      framesPerFile: input.framesPerFile,
      channels: channels.map(({ name, dtype, shape, filter }) => ({
        name,
        dtype,
        shape: [shape[0], shape[1]],
        filter,
      })),
      geometry: geometryOf(start, channels[0]!),
      sampleName: userText(start, 'sample_name')?.slice(0, 200) ?? null,
      userData: userDataFits ? start.userData : null,
    },
  };
}
