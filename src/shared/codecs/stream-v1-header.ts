import type {
  JsonLike,
  StreamArray,
  StreamAxis,
  StreamAxisName,
  StreamImageArray,
  StreamStart,
} from '../model/stream.ts';
import { boundedText, readJsonObject, readUserText } from './stream-json.ts';
import { AXES, MAX_ID_LENGTH, SIMPLON_DTYPES, StartFields } from './stream-start-fields.ts';
import { checkedArray, isSidePx } from './stream-values.ts';

/*
 * What a Stream V1 start says behind its first part: the detector configuration as JSON (unless `header_detail` is "none"),
 * with "all" also flat field, pixel mask and count rate table, each as JSON and blob, and last the header appendix when one is
 * set. Captures and detectors leave out any of them, so parts are told by what they are, not by where they stand.
 */

type JsonObject = NonNullable<ReturnType<typeof readJsonObject>>;

interface HeaderParts {
  config: JsonObject | null;
  tables: Map<TableName, StreamArray>;
  userData: JsonLike;
  warnings: string[];
}

const TABLES = ['dflatfield', 'dpixelmask', 'dcountrate_table'] as const;
type TableName = (typeof TABLES)[number];

/** Configuration keys that have a place of their own in a start; the rest goes to `extra`. */
const KNOWN_KEYS = new Set([
  'beam_center_x',
  'beam_center_y',
  'bit_depth_image',
  'count_time',
  'countrate_correction_applied',
  'countrate_correction_count_cutoff',
  'data_collection_date',
  'description',
  'detector_distance',
  'detector_number',
  'detector_translation',
  'flatfield_correction_applied',
  'frame_time',
  'nimages',
  'ntrigger',
  'photon_energy',
  'pixel_mask_applied',
  'sensor_material',
  'sensor_thickness',
  'threshold_energy',
  'virtual_pixel_correction_applied',
  'wavelength',
  'x_pixel_size',
  'x_pixels_in_detector',
  'y_pixel_size',
  'y_pixels_in_detector',
]);

/** Null when `blob` is not the table that `about` speaks of: it was left out. */
function readTable(about: JsonObject, blob: Uint8Array | undefined): StreamArray | null {
  const dtype = typeof about.type === 'string' ? SIMPLON_DTYPES.get(about.type) : undefined;
  const { shape } = about;
  if (dtype === undefined || blob === undefined || !Array.isArray(shape) || shape.length !== 2) return null;
  const [fast, slow] = shape as readonly JsonLike[];
  if (!isSidePx(fast) || !isSidePx(slow) || blob.length !== fast * slow * Number(dtype[1])) return null;
  return checkedArray({ dtype, filter: 'none', bytes: blob }, [slow, fast]);
}

function readParts(parts: readonly Uint8Array[]): HeaderParts {
  const detail = readJsonObject(parts[0]!)?.header_detail;
  const found: HeaderParts = { config: null, tables: new Map(), userData: null, warnings: [] };
  for (let at = 1; at < parts.length; at++) {
    const json = readJsonObject(parts[at]!);
    const name = TABLES.find((table) => new RegExp(`^${table}-1\\.\\d+$`).test(String(json?.htype)));
    if (json !== undefined && name !== undefined) {
      const table = readTable(json, parts[at + 1]);
      if (table === null) found.warnings.push(`${name} came without its data`);
      else {
        found.tables.set(name, table);
        at++;
      }
    } else if (json !== undefined && found.config === null && detail !== 'none') found.config = json;
    else if (at === parts.length - 1) {
      const text = boundedText(parts[at]!);
      // Zero bytes stand in blobs, not in texts.
      if (text === undefined || text.includes('\0'))
        found.warnings.push('the header appendix is no text of at most 1 MiB');
      else found.userData = json ?? readUserText(text);
    } else found.warnings.push(`part ${at + 1} of the header is none of the known ones`);
  }
  if (found.config === null && detail !== 'none') {
    found.warnings.push('the detector configuration is missing');
  }
  return found;
}

function image(table: StreamArray | undefined): StreamImageArray | null {
  const [rows, columns] = table?.shape ?? [];
  return table && rows && columns ? { ...table, shape: [rows, columns] } : null;
}

function perChannel(channel: string, table: StreamArray | undefined): Map<string, StreamImageArray> {
  const array = image(table);
  return new Map(array === null ? [] : [[channel, array]]);
}

function goniometerOf(fields: StartFields): Partial<Record<StreamAxisName, StreamAxis>> {
  const axes: Partial<Record<StreamAxisName, StreamAxis>> = {};
  for (const name of AXES) {
    const startDeg = fields.number(`${name}_start`);
    const incrementDeg = fields.number(`${name}_increment`);
    if (startDeg !== null && incrementDeg !== null) axes[name] = { startDeg, incrementDeg };
  }
  return axes;
}

type Scalar = string | number | boolean | null;
const isScalar = (value: JsonLike): value is Scalar => typeof value !== 'object' || value === null;

/** Values and lists of values; no key of a start is anything else. */
function scalarsOf(config: JsonObject | null): Map<string, Scalar | readonly Scalar[]> {
  const scalars = new Map<string, Scalar | readonly Scalar[]>();
  for (const [key, value] of Object.entries(config ?? {})) {
    if (isScalar(value)) scalars.set(key, value);
    else if (Array.isArray(value) && value.every(isScalar)) scalars.set(key, value);
  }
  return scalars;
}

/** Images are announced per trigger. */
function numberOfImages(fields: StartFields): number | null {
  const perTrigger = fields.integer('nimages', 1);
  const triggers = fields.integer('ntrigger', 1);
  const images = perTrigger === null || triggers === null ? null : perTrigger * triggers;
  return images !== null && Number.isSafeInteger(images) ? images : null;
}

/** What is left of the configuration, under one name so that none of its keys can be taken for one of a start. */
function extraOf(config: JsonObject | null): Record<string, JsonLike> {
  const rest = Object.entries(config ?? {}).filter(
    ([key]) =>
      !KNOWN_KEYS.has(key) && !AXES.some((axis) => key === `${axis}_start` || key === `${axis}_increment`),
  );
  return rest.length === 0 ? {} : { detector_config: Object.fromEntries(rest) };
}

const DTYPE_OF_BITS: ReadonlyMap<number, StreamStart['imageDtype']> = new Map([
  [8, 'u1'],
  [16, 'u2'],
  [32, 'u4'],
]);

/** All fields of a start but its identity. @param channel the name its only channel gets */
export function readV1Header(
  parts: readonly Uint8Array[],
  channel: string,
): Omit<StreamStart, 'type' | 'seriesId' | 'seriesUniqueId'> {
  const { config, tables, userData, warnings } = readParts(parts);
  const fields = new StartFields(scalarsOf(config));
  const date = fields.date('data_collection_date');
  const translation = fields.translation('detector_translation');
  const threshold = fields.positive('threshold_energy');
  // With a region of interest the images are smaller than the detector, and nothing says by how much.
  const roi = typeof config?.roi_mode === 'string' && !['', 'disabled'].includes(config.roi_mode);
  return {
    // Room for the series number in the unique id that is made of it.
    armDate: date !== null && date.length <= MAX_ID_LENGTH / 2 ? date : null,
    channels: [channel],
    numberOfImages: numberOfImages(fields),
    imageSizeX: roi ? null : fields.integer('x_pixels_in_detector', 1),
    imageSizeY: roi ? null : fields.integer('y_pixels_in_detector', 1),
    imageDtype: DTYPE_OF_BITS.get(fields.number('bit_depth_image') ?? 0) ?? null,
    beamCenterXPx: fields.number('beam_center_x'),
    beamCenterYPx: fields.number('beam_center_y'),
    detectorDistanceM:
      fields.positive('detector_distance') ?? (translation && translation[2] > 0 ? translation[2] : null),
    detectorTranslationM: translation,
    detectorDescription: fields.text('description'),
    detectorSerialNumber: fields.text('detector_number'),
    energyEv: fields.positive('photon_energy'),
    wavelengthA: fields.positive('wavelength'),
    countTimeS: fields.positive('count_time'),
    frameTimeS: fields.positive('frame_time'),
    pixelSizeXM: fields.positive('x_pixel_size'),
    pixelSizeYM: fields.positive('y_pixel_size'),
    sensorMaterial: fields.text('sensor_material'),
    sensorThicknessM: fields.positive('sensor_thickness'),
    saturationValue: fields.positive('countrate_correction_count_cutoff'),
    goniometer: goniometerOf(fields),
    thresholdsEv: threshold === null ? {} : { [channel]: threshold },
    pixelMasks: perChannel(channel, tables.get('dpixelmask')),
    flatfields: perChannel(channel, tables.get('dflatfield')),
    pixelMaskEnabled: fields.flag('pixel_mask_applied'),
    flatfieldEnabled: fields.flag('flatfield_correction_applied'),
    countrateCorrectionEnabled: fields.flag('countrate_correction_applied'),
    virtualPixelInterpolationEnabled: fields.flag('virtual_pixel_correction_applied'),
    countrateCorrectionTable: tables.get('dcountrate_table') ?? null,
    userData,
    extra: extraOf(config),
    warnings: [...warnings, ...fields.warnings],
  };
}
