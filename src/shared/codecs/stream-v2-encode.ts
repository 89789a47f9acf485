import type { Dtype } from '../model/dtype.ts';
import type {
  StreamArray,
  StreamAxis,
  StreamEnd,
  StreamImage,
  StreamStart,
  StreamTime,
} from '../model/stream.ts';
import { CborFloat, type CborInput, CborInputTag, writeCbor } from './cbor-writer.ts';
import { frameValueKeys } from './stream-frame-values.ts';
import { TAG_COMPRESSED, TAG_DATE, TAG_DIMENSIONS, TAG_SELF_DESCRIBED } from './stream-values.ts';

const TAG_OF_DTYPE: Readonly<Record<Dtype, number>> = {
  u1: 64,
  u2: 69,
  u4: 70,
  u8: 71,
  i1: 72,
  i2: 77,
  i4: 78,
  i8: 79,
  f4: 85,
  f8: 86,
};

/** Element types as SIMPLON names them. */
export const SIMPLON_NAME: Readonly<Record<Dtype, string>> = {
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  f4: 'float32',
  f8: 'float64',
};

function arrayItem(array: StreamArray): CborInput {
  const bytes =
    array.filter === 'none'
      ? array.bytes
      : new CborInputTag(TAG_COMPRESSED, [
          array.filter,
          array.filter === 'lz4' ? 0 : array.elementSize,
          array.bytes,
        ]);
  const typed = new CborInputTag(TAG_OF_DTYPE[array.dtype], bytes);
  return array.shape.length === 1 ? typed : new CborInputTag(TAG_DIMENSIONS, [[...array.shape], typed]);
}

function arraysItem(arrays: ReadonlyMap<string, StreamArray>): CborInput {
  return new Map([...arrays].map(([channel, array]) => [channel, arrayItem(array)]));
}

const date = (iso: string | null | undefined) => (iso ? new CborInputTag(TAG_DATE, iso) : undefined);
const float = (value: number | null | undefined) =>
  value === null || value === undefined ? undefined : new CborFloat(value);
const known = <T>(value: T | null | undefined) => value ?? undefined;
const time = (value: StreamTime | null | undefined) =>
  value ? [value.numerator, value.denominator] : undefined;

function message(map: { readonly [key: string]: CborInput }): Uint8Array {
  return writeCbor(new CborInputTag(TAG_SELF_DESCRIBED, map));
}

/** What a start needs at least; everything left out is left out of the message too. */
export type StreamStartInput = Pick<StreamStart, 'seriesId' | 'seriesUniqueId' | 'channels'> &
  Partial<Omit<StreamStart, 'type' | 'warnings' | 'extra'>> & { extra?: Readonly<Record<string, CborInput>> };

function axisItem(axis: StreamAxis): CborInput {
  return { increment: new CborFloat(axis.incrementDeg), start: new CborFloat(axis.startDeg) };
}

/** Writes a Stream V2 `start`, keys as the detector orders them. */
export function encodeStreamV2Start(start: StreamStartInput): Uint8Array {
  const goniometer = Object.entries(start.goniometer ?? {}).map(
    ([name, axis]) => [name, axisItem(axis)] as const,
  );
  const thresholds = Object.entries(start.thresholdsEv ?? {}).map(
    ([name, ev]) => [name, new CborFloat(ev)] as const,
  );
  return message({
    type: 'start',
    series_id: start.seriesId,
    series_unique_id: start.seriesUniqueId,
    arm_date: date(start.armDate),
    beam_center_x: float(start.beamCenterXPx),
    beam_center_y: float(start.beamCenterYPx),
    channels: start.channels,
    count_time: float(start.countTimeS),
    countrate_correction_enabled: known(start.countrateCorrectionEnabled),
    countrate_correction_lookup_table: start.countrateCorrectionTable
      ? arrayItem(start.countrateCorrectionTable)
      : undefined,
    detector_description: known(start.detectorDescription),
    detector_distance: float(start.detectorDistanceM),
    detector_serial_number: known(start.detectorSerialNumber),
    detector_translation: start.detectorTranslationM?.map((value) => new CborFloat(value)),
    flatfield: start.flatfields?.size ? arraysItem(start.flatfields) : undefined,
    flatfield_enabled: known(start.flatfieldEnabled),
    frame_time: float(start.frameTimeS),
    goniometer: goniometer.length > 0 ? new Map(goniometer) : undefined,
    image_dtype: start.imageDtype ? SIMPLON_NAME[start.imageDtype] : undefined,
    image_size_x: known(start.imageSizeX),
    image_size_y: known(start.imageSizeY),
    incident_energy: float(start.energyEv),
    incident_wavelength: float(start.wavelengthA),
    number_of_images: known(start.numberOfImages),
    pixel_mask: start.pixelMasks?.size ? arraysItem(start.pixelMasks) : undefined,
    pixel_mask_enabled: known(start.pixelMaskEnabled),
    pixel_size_x: float(start.pixelSizeXM),
    pixel_size_y: float(start.pixelSizeYM),
    saturation_value: known(start.saturationValue),
    sensor_material: known(start.sensorMaterial),
    sensor_thickness: float(start.sensorThicknessM),
    threshold_energy: thresholds.length > 0 ? new Map(thresholds) : undefined,
    user_data: known(start.userData),
    virtual_pixel_interpolation_enabled: known(start.virtualPixelInterpolationEnabled),
    ...start.extra,
  });
}

export type StreamImageInput = Pick<StreamImage, 'seriesId' | 'seriesUniqueId' | 'imageId' | 'channels'> &
  Partial<Omit<StreamImage, 'type'>>;

/** Writes a Stream V2 `image`; the channels' bytes go in as they are. */
export function encodeStreamV2Image(image: StreamImageInput): Uint8Array {
  return message({
    type: 'image',
    series_id: image.seriesId,
    series_unique_id: image.seriesUniqueId,
    image_id: image.imageId,
    real_time: time(image.realTime),
    series_date: date(image.seriesDate),
    start_time: time(image.startTime),
    stop_time: time(image.stopTime),
    user_data: known(image.userData),
    ...frameValueKeys(image.values ?? {}),
    data: arraysItem(image.channels),
  });
}

/** Writes a Stream V2 `end`. */
export function encodeStreamV2End(end: Omit<StreamEnd, 'type'>): Uint8Array {
  return message({ type: 'end', series_id: end.seriesId, series_unique_id: end.seriesUniqueId });
}
