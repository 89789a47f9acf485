import type { JsonLike, StreamArray, StreamImage, StreamImageArray, StreamTime } from '../model/stream.ts';
import { BLOB_HEADER_BYTES } from './lz4.ts';
import { SIMPLON_NAME, type StreamStartInput } from './stream-v2-encode.ts';

/* Stream V1 messages as a detector sends them, for simulators and tests; the format is described in stream-v1.ts. */

const NANOSECONDS = 1_000_000_000;
const encoder = new TextEncoder();

/** SIMPLON ends its JSON with a newline; members without value are left out. */
function json(members: { readonly [key: string]: JsonLike | undefined }): Uint8Array {
  return encoder.encode(`${JSON.stringify(members)}\n`);
}

const known = <T>(value: T | null | undefined) => value ?? undefined;
const applied = (flag: boolean | null | undefined) => (flag == null ? undefined : Number(flag));

export interface StreamV1StartInput extends Omit<StreamStartInput, 'seriesUniqueId' | 'channels' | 'extra'> {
  headerDetail?: 'all' | 'basic' | 'none';
  triggers?: number;
  /** Further members of the detector configuration. */
  config?: Readonly<Record<string, JsonLike>>;
  /** Goes out as the last part. */
  appendix?: Readonly<Record<string, JsonLike>>;
}

function tableParts(name: string, table: StreamArray | null | undefined): Uint8Array[] {
  if (!table) return [];
  if (table.filter !== 'none') throw new Error(`Stream V1 sends ${name} uncompressed`);
  const about = { htype: `${name}-1.0`, shape: [...table.shape].reverse(), type: SIMPLON_NAME[table.dtype] };
  return [json(about), table.bytes];
}

function configPart(start: StreamV1StartInput): Uint8Array {
  const triggers = start.triggers ?? 1;
  const axes = Object.entries(start.goniometer ?? {}).flatMap(([name, axis]) => [
    [`${name}_increment`, axis.incrementDeg],
    [`${name}_start`, axis.startDeg],
  ]);
  return json({
    beam_center_x: known(start.beamCenterXPx),
    beam_center_y: known(start.beamCenterYPx),
    count_time: known(start.countTimeS),
    countrate_correction_applied: applied(start.countrateCorrectionEnabled),
    countrate_correction_count_cutoff: known(start.saturationValue),
    data_collection_date: known(start.armDate),
    description: known(start.detectorDescription),
    detector_distance: known(start.detectorDistanceM),
    detector_number: known(start.detectorSerialNumber),
    detector_translation: known(start.detectorTranslationM),
    flatfield_correction_applied: applied(start.flatfieldEnabled),
    frame_time: known(start.frameTimeS),
    nimages: start.numberOfImages == null ? undefined : start.numberOfImages / triggers,
    ntrigger: start.numberOfImages == null ? undefined : triggers,
    photon_energy: known(start.energyEv),
    pixel_mask_applied: applied(start.pixelMaskEnabled),
    sensor_material: known(start.sensorMaterial),
    sensor_thickness: known(start.sensorThicknessM),
    threshold_energy: Object.values(start.thresholdsEv ?? {})[0],
    virtual_pixel_correction_applied: applied(start.virtualPixelInterpolationEnabled),
    wavelength: known(start.wavelengthA),
    x_pixel_size: known(start.pixelSizeXM),
    x_pixels_in_detector: known(start.imageSizeX),
    y_pixel_size: known(start.pixelSizeYM),
    y_pixels_in_detector: known(start.imageSizeY),
    ...Object.fromEntries(axes),
    ...start.config,
  });
}

/** The parts of a start. Masks and tables must be uncompressed; of several channels the first counts. */
export function encodeStreamV1Start(start: StreamV1StartInput): Uint8Array[] {
  const detail = start.headerDetail ?? 'all';
  const parts = [json({ header_detail: detail, htype: 'dheader-1.0', series: start.seriesId })];
  if (detail !== 'none') parts.push(configPart(start));
  if (detail === 'all') {
    parts.push(...tableParts('dflatfield', start.flatfields?.values().next().value));
    parts.push(...tableParts('dpixelmask', start.pixelMasks?.values().next().value));
    parts.push(...tableParts('dcountrate_table', start.countrateCorrectionTable));
  }
  if (start.appendix) parts.push(json(start.appendix));
  return parts;
}

export interface StreamV1ImageInput
  extends Pick<StreamImage, 'seriesId' | 'imageId'>,
    Partial<Pick<StreamImage, 'startTime' | 'stopTime' | 'realTime'>> {
  pixels: StreamImageArray;
  /** lz4 as the detector sends it: without the 12-byte header of the HDF5 filter; `pixels` then hold exactly one block. */
  bareLz4?: boolean;
  appendix?: Readonly<Record<string, JsonLike>>;
}

const nanoseconds = (time: StreamTime | null | undefined): number =>
  time ? Math.round((time.numerator * NANOSECONDS) / time.denominator) : 0;

/** The parts of an image. */
export function encodeStreamV1Image(image: StreamV1ImageInput): Uint8Array[] {
  const { pixels } = image;
  const [rows, columns] = pixels.shape;
  const encodings = { bslz4: `bs${8 * pixels.elementSize}-lz4<`, lz4: 'lz4<', none: '<' };
  const encoding = (encodings as Record<string, string>)[pixels.filter];
  if (encoding === undefined) throw new Error(`Stream V1 knows no ${pixels.filter}`);
  // Behind the header stands the length of the only block.
  const bytes = image.bareLz4 ? pixels.bytes.subarray(BLOB_HEADER_BYTES + 4) : pixels.bytes;
  const parts = [
    json({ frame: image.imageId, hash: '', htype: 'dimage-1.0', series: image.seriesId }),
    json({
      encoding,
      htype: 'dimage_d-1.0',
      shape: [columns, rows],
      size: bytes.length,
      type: SIMPLON_NAME[pixels.dtype],
    }),
    bytes,
    json({
      htype: 'dconfig-1.0',
      real_time: nanoseconds(image.realTime),
      start_time: nanoseconds(image.startTime),
      stop_time: nanoseconds(image.stopTime),
    }),
  ];
  if (image.appendix) parts.push(json(image.appendix));
  return parts;
}

/** The only part of an end. */
export function encodeStreamV1End(seriesId: number): Uint8Array[] {
  return [json({ htype: 'dseries_end-1.0', series: seriesId })];
}
