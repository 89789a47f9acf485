import { byteLength } from '../model/dtype.ts';
import type {
  JsonLike,
  StreamImage,
  StreamImageArray,
  StreamMessage,
  StreamStart,
  StreamTime,
} from '../model/stream.ts';
import { type CborMap, CborTag, type CborValue, readCbor } from './cbor-reader.ts';
import { CodecError } from './codec-error.ts';
import { readFrameValues } from './stream-frame-values.ts';
import { readUserText } from './stream-json.ts';
import {
  isChannelName,
  isMap,
  MAX_ID_LENGTH,
  MAX_NAME_LENGTH,
  readDate,
  StartFields,
} from './stream-start-fields.ts';
import { readImageArray, StreamDecodeError, TAG_SELF_DESCRIBED, toJsonLike } from './stream-values.ts';

export { encodeStreamV2End, encodeStreamV2Image, encodeStreamV2Start } from './stream-v2-encode.ts';
export { StreamDecodeError } from './stream-values.ts';

/*
 * SIMPLON Stream V2 (CBOR): one message is one map with text keys. What identifies a series, an image and its pixels must
 * be right, else the message is refused. Everything else of a start may be missing or useless on real detectors and must
 * not cost the series: it becomes null and a warning.
 */

const KNOWN_START_KEYS = new Set([
  'type',
  'series_id',
  'series_unique_id',
  'arm_date',
  'beam_center_x',
  'beam_center_y',
  'channels',
  'count_time',
  'countrate_correction_enabled',
  'countrate_correction_lookup_table',
  'detector_description',
  'detector_distance',
  'detector_serial_number',
  'detector_translation',
  'flatfield',
  'flatfield_enabled',
  'frame_time',
  'goniometer',
  'image_dtype',
  'image_size_x',
  'image_size_y',
  'incident_energy',
  'incident_wavelength',
  'number_of_images',
  'pixel_mask',
  'pixel_mask_enabled',
  'pixel_size_x',
  'pixel_size_y',
  'saturation_value',
  'sensor_material',
  'sensor_thickness',
  'threshold_energy',
  'user_data',
  'virtual_pixel_interpolation_enabled',
]);

function requireInteger(map: CborMap, key: string): number {
  const value = map.get(key);
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw new StreamDecodeError(`${key} is no non-negative integer`);
  }
  return value;
}

function readIdentity(map: CborMap): { seriesId: number; seriesUniqueId: string } {
  const seriesId = requireInteger(map, 'series_id');
  const unique = map.get('series_unique_id');
  if (unique === undefined || unique === null || unique === '')
    return { seriesId, seriesUniqueId: String(seriesId) };
  if (typeof unique !== 'string' || unique.length > MAX_ID_LENGTH) {
    throw new StreamDecodeError('series_unique_id is no short text');
  }
  return { seriesId, seriesUniqueId: unique };
}

/** `user_data` is any value, and often a text that holds JSON. */
function readUserData(value: CborValue): JsonLike {
  return typeof value === 'string' ? readUserText(value) : (toJsonLike(value) ?? null);
}

function readThreshold(value: CborValue): number {
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new StreamDecodeError('energy is no number');
  return value;
}

function readMask(value: CborValue): StreamImageArray {
  const mask = readImageArray(value);
  if (mask.dtype[0] !== 'u') throw new StreamDecodeError(`mask of ${mask.dtype} is not unsigned`);
  return mask;
}

function decodeStart(map: CborMap): StreamStart {
  const fields = new StartFields(map);
  const translation = fields.translation('detector_translation');
  const distance =
    fields.positive('detector_distance') ?? (translation && translation[2] > 0 ? translation[2] : null);
  const extra: [string, JsonLike][] = [];
  for (const [key, value] of map) {
    if (typeof key !== 'string' || KNOWN_START_KEYS.has(key)) continue;
    const json = toJsonLike(value);
    if (json !== undefined) extra.push([key, json]);
  }
  return {
    type: 'start',
    ...readIdentity(map),
    armDate: fields.date('arm_date'),
    channels: fields.channels('channels'),
    numberOfImages: fields.integer('number_of_images', 0),
    imageSizeX: fields.integer('image_size_x', 1),
    imageSizeY: fields.integer('image_size_y', 1),
    imageDtype: fields.dtype('image_dtype'),
    beamCenterXPx: fields.number('beam_center_x'),
    beamCenterYPx: fields.number('beam_center_y'),
    detectorDistanceM: distance,
    detectorTranslationM: translation,
    detectorDescription: fields.text('detector_description'),
    detectorSerialNumber: fields.text('detector_serial_number'),
    energyEv: fields.positive('incident_energy'),
    wavelengthA: fields.positive('incident_wavelength'),
    countTimeS: fields.positive('count_time'),
    frameTimeS: fields.positive('frame_time'),
    pixelSizeXM: fields.positive('pixel_size_x'),
    pixelSizeYM: fields.positive('pixel_size_y'),
    sensorMaterial: fields.text('sensor_material'),
    sensorThicknessM: fields.positive('sensor_thickness'),
    saturationValue: fields.number('saturation_value'),
    goniometer: fields.goniometer('goniometer'),
    thresholdsEv: Object.fromEntries(fields.perChannel('threshold_energy', readThreshold)),
    pixelMasks: fields.perChannel('pixel_mask', readMask),
    flatfields: fields.perChannel('flatfield', readImageArray),
    pixelMaskEnabled: fields.flag('pixel_mask_enabled'),
    flatfieldEnabled: fields.flag('flatfield_enabled'),
    countrateCorrectionEnabled: fields.flag('countrate_correction_enabled'),
    virtualPixelInterpolationEnabled: fields.flag('virtual_pixel_interpolation_enabled'),
    countrateCorrectionTable: fields.array('countrate_correction_lookup_table'),
    userData: readUserData(map.get('user_data')),
    extra: Object.fromEntries(extra),
    warnings: fields.warnings,
  };
}

/** [numerator, denominator]; a fraction that makes no sense is taken as missing, the pixels count. */
function readTime(value: CborValue): StreamTime | null {
  if (!Array.isArray(value) || value.length !== 2) return null;
  const numerator = Number(value[0]);
  const denominator = Number(value[1]);
  if (!Number.isFinite(numerator) || !Number.isFinite(denominator) || denominator <= 0) return null;
  return { numerator, denominator };
}

function decodeImage(map: CborMap): StreamImage {
  const identity = readIdentity(map);
  const imageId = requireInteger(map, 'image_id');
  const data = map.get('data');
  if (!isMap(data) || data.size === 0) throw new StreamDecodeError('image has no data');
  const channels = new Map<string, StreamImageArray>();
  for (const [name, array] of data) {
    if (typeof name !== 'string' || !isChannelName(name))
      throw new StreamDecodeError('channel has no usable name');
    channels.set(name, readImageArray(array));
  }
  return {
    type: 'image',
    ...identity,
    imageId,
    channels,
    startTime: readTime(map.get('start_time')),
    stopTime: readTime(map.get('stop_time')),
    realTime: readTime(map.get('real_time')),
    seriesDate: readDate(map.get('series_date')),
    userData: readUserData(map.get('user_data')),
    values: readFrameValues(map),
  };
}

/**
 * Decodes one Stream V2 message. Arrays are views of `message` (nothing is copied or decompressed), so the message must
 * stay unchanged while they live. Sizes and block lengths of compressed blobs are checked; damage inside a block is only
 * seen when it is decoded.
 * @throws StreamDecodeError with a `reason` when the message cannot be used
 */
export function decodeStreamV2(message: Uint8Array): StreamMessage {
  try {
    const item = readCbor(message);
    const map = item instanceof CborTag && item.tag === TAG_SELF_DESCRIBED ? item.value : item;
    if (!isMap(map)) throw new StreamDecodeError('message is no map');
    const type = map.get('type');
    if (type === 'image') return decodeImage(map);
    if (type === 'start') return decodeStart(map);
    if (type === 'end') return { type: 'end', ...readIdentity(map) };
    if (type === 'calibration' || type === 'metadata') {
      const unique = map.get('series_unique_id');
      const isId = typeof unique === 'string' && unique !== '' && unique.length <= MAX_ID_LENGTH;
      return { type: 'supplement', kind: type, seriesUniqueId: isId ? unique : null };
    }
    if (typeof type !== 'string') throw new StreamDecodeError('message has no type');
    return { type: 'unknown', messageType: type.slice(0, MAX_NAME_LENGTH) };
  } catch (error) {
    if (error instanceof CodecError) throw new StreamDecodeError(error.message, { cause: error });
    throw error;
  }
}

/** Uncompressed bytes of one frame of all channels. */
export function streamImageBytes(image: StreamImage): number {
  let bytes = 0;
  for (const { shape, dtype } of image.channels.values()) bytes += shape[0] * shape[1] * byteLength(dtype);
  return bytes;
}
