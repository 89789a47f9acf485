import { decodeChunk } from '#src/shared/codecs/chunk.ts';
import { byteLength, type DtypeArray, isFloatDtype, isSignedDtype } from '#src/shared/model/dtype.ts';
import { type MasterChannel, type MasterInput, masterRows, type StoredArray } from './master-input.ts';
import { buildDetectorGoniometer } from './master-sample.ts';
import {
  type ChunkedDatasetNode,
  type DatasetNode,
  dataset,
  type GroupNode,
  group,
  type LinkNode,
  scalar,
  text,
  vector,
} from './tree-nodes.ts';

const METRE = { units: text('m') };
const SECOND = { units: text('s') };
const PIXEL = { units: text('pixel') };
const ELECTRONVOLT = { units: text('eV') };

export interface DetectorNodes {
  detector: GroupNode;
  /** The masks of channels that have one, as they are stored for viewers. */
  masks: { channel: string; node: DatasetNode | ChunkedDatasetNode; array: StoredArray }[];
}

/** `/entry/instrument/detector` of NXmx with the `detectorSpecific` group that XDS' reader needs. */
export function buildDetector(input: MasterInput): DetectorNodes {
  const first = input.channels[0]!;
  const tables = input.channels.map((channel) => ({
    mask: channel.pixelMask && storedArrayNode(channel.pixelMask),
    flatfield: channel.flatfield && storedArrayNode(channel.flatfield),
  }));
  const channelGroups: Record<string, LinkNode> = {};
  for (const [index, channel] of input.channels.entries()) {
    channelGroups[`${channel.name}_channel`] = group('NXdetector_channel', {
      threshold_energy: optional('f8', channel.thresholdEnergyEv, ELECTRONVOLT),
      pixel_mask: tables[index]!.mask,
      flatfield: tables[index]!.flatfield,
      pixel_mask_applied: optionalFlag(input.pixelMaskApplied),
      flatfield_applied: optionalFlag(input.flatfieldApplied),
    });
  }
  const { mask, flatfield } = tables[0]!;
  const detector = group('NXdetector', {
    ...geometry(input),
    ...readout(input, first),
    pixel_mask: mask,
    flatfield,
    detectorSpecific: detectorSpecific(input, first, mask, flatfield),
    goniometer: buildDetectorGoniometer(input),
    ...channelGroups,
  });
  const masks = input.channels.flatMap(({ name, pixelMask: array }, index) => {
    const node = tables[index]!.mask;
    return node && array ? [{ channel: name, node, array }] : [];
  });
  return { detector, masks };
}

/**
 * Position of the pixels. The module's vectors are in the McStas frame (z along the beam, y up): seen from the sample
 * the fast direction runs to -x, the slow one to -y. Offsets that nobody knows (no beam centre, no distance) count as 0
 * here, because the chain needs a number; `beam_center_*` and `detector_distance` themselves are then absent.
 */
function geometry(input: MasterInput): Record<string, LinkNode | undefined> {
  const first = input.channels[0]!;
  const translationPath = '/entry/instrument/detector/transformations/translation';
  const offsetPath = '/entry/instrument/detector/module/module_offset';
  const pixelXM = input.pixelSizeXM;
  const pixelYM = input.pixelSizeYM;
  const origin = [
    (input.beamCenterXPx ?? 0) * (pixelXM ?? 0),
    (input.beamCenterYPx ?? 0) * (pixelYM ?? 0),
    0,
  ];
  const direction = (sizeM: number | undefined, axis: readonly number[]) =>
    sizeM === undefined ? undefined : dataset(scalar('f8', sizeM), translation(axis, [0, 0, 0], offsetPath));
  return {
    x_pixel_size: optional('f8', pixelXM, METRE),
    y_pixel_size: optional('f8', pixelYM, METRE),
    beam_center_x: optional('f8', input.beamCenterXPx, PIXEL),
    beam_center_y: optional('f8', input.beamCenterYPx, PIXEL),
    distance: optional('f8', input.distanceM, METRE),
    detector_distance: optional('f8', input.distanceM, METRE),
    depends_on: dataset(text(translationPath)),
    transformations: group('NXtransformations', {
      translation: dataset(scalar('f8', input.distanceM ?? 0), {
        ...METRE,
        transformation_type: text('translation'),
        vector: vector('f8', [0, 0, 1]),
        depends_on: text('.'),
      }),
    }),
    module: group('NXdetector_module', {
      data_origin: dataset(vector('i4', [0, 0])),
      data_size: dataset(vector('i4', first.shape)),
      module_offset: dataset(scalar('f8', 0), translation([1, 0, 0], origin, translationPath)),
      fast_pixel_direction: direction(pixelXM, [-1, 0, 0]),
      slow_pixel_direction: direction(pixelYM, [0, -1, 0]),
    }),
  };
}

function translation(axis: readonly number[], offsetM: readonly number[], dependsOn: string) {
  return {
    ...METRE,
    transformation_type: text('translation'),
    vector: vector('f8', axis),
    offset: vector('f8', offsetM),
    offset_units: text('m'),
    depends_on: text(dependsOn),
  };
}

function readout(input: MasterInput, first: MasterChannel): Record<string, LinkNode | undefined> {
  const bits = 8 * byteLength(first.dtype);
  return {
    type: dataset(text('Pixel')),
    description: optionalText(input.detectorDescription),
    detector_number: optionalText(input.detectorSerialNumber),
    serial_number: optionalText(input.detectorSerialNumber),
    sensor_material: optionalText(input.sensorMaterial),
    sensor_thickness: optional('f8', input.sensorThicknessM, METRE),
    count_time: optional('f8', input.countTimeS, SECOND),
    frame_time: optional('f8', input.frameTimeS, SECOND),
    bit_depth_image: dataset(scalar('u4', bits)),
    // DIALS takes this number to find the values that mean "masked" (the type maximum), so it must be the image's depth.
    bit_depth_readout: isFloatDtype(first.dtype) ? undefined : dataset(scalar('u4', bits)),
    saturation_value: optionalCount(input.saturationValue),
    underload_value: underload(input, first),
    threshold_energy: optional('f8', first.thresholdEnergyEv, ELECTRONVOLT),
    pixel_mask_applied: optionalFlag(input.pixelMaskApplied),
    flatfield_applied: optionalFlag(input.flatfieldApplied),
    countrate_correction_applied: optionalFlag(input.countrateCorrectionApplied),
    virtual_pixel_interpolation_applied: optionalFlag(input.virtualPixelInterpolationApplied),
  };
}

/** Lowest valid count: 0, or for signed pixels the value above the minimum, which marks invalid pixels. */
function underload(input: MasterInput, first: MasterChannel): DatasetNode | undefined {
  if (input.underloadValue !== undefined) return optionalCount(input.underloadValue);
  if (isFloatDtype(first.dtype)) return undefined;
  const lowest = isSignedDtype(first.dtype) ? -(2 ** (8 * Math.min(4, byteLength(first.dtype)) - 1)) + 1 : 0;
  return dataset(scalar('i4', lowest));
}

function detectorSpecific(
  input: MasterInput,
  first: MasterChannel,
  mask: LinkNode | undefined,
  flatfield: LinkNode | undefined,
): GroupNode {
  const table = input.countrateCorrectionTable;
  const extras: Record<string, LinkNode> = {};
  for (const [name, value] of Object.entries(input.detectorSpecific ?? {})) {
    if (typeof value === 'string') extras[name] = dataset(text(value));
    else if (typeof value === 'boolean') extras[name] = dataset(scalar('u1', value ? 1 : 0));
    else extras[name] = dataset(scalar(Number.isSafeInteger(value) ? 'i8' : 'f8', value));
  }
  return group('NXcollection', {
    ...extras,
    // neggia multiplies nimages by ntrigger and expects every one of those images in a file, so both describe the
    // files; what was announced and what arrived stand beside them.
    nimages: dataset(scalar('u4', masterRows(input))),
    ntrigger: dataset(scalar('u4', 1)),
    nimages_announced: optional('u4', input.imagesExpected),
    nimages_received: dataset(scalar('u4', input.imagesReceived)),
    nimages_per_data_file: dataset(scalar('u4', input.framesPerFile)),
    photon_energy: optional('f8', input.photonEnergyEv, ELECTRONVOLT),
    x_pixels_in_detector: dataset(scalar('u4', first.shape[1])),
    y_pixels_in_detector: dataset(scalar('u4', first.shape[0])),
    data_collection_date: optionalText(input.startTime),
    pixel_mask: plainMask(first, mask),
    flatfield,
    countrate_correction_lookup_table:
      table && dataset({ type: table.dtype, shape: table.shape, bytes: table.bytes }),
  });
}

/**
 * neggia needs a mask here, uint32, neither chunked nor compressed. A mask that came that way is stored once and linked;
 * any other is decoded; without a mask it is all zero, and says so.
 */
function plainMask(first: MasterChannel, stored: LinkNode | undefined): LinkNode {
  const array = first.pixelMask;
  const pixels = first.shape[0] * first.shape[1];
  if (array === undefined) {
    return {
      ...dataset(
        { type: 'u4', shape: first.shape, bytes: new Uint8Array(pixels * 4) },
        { description: text('The detector sent no mask; all zero because some readers require one.') },
      ),
      contiguous: true,
    };
  }
  if (stored !== undefined && array.filter === 'none' && array.dtype === 'u4') return stored;
  const decoded = decodeChunk({
    filter: array.filter,
    dtype: array.dtype,
    bytes: array.bytes,
    elements: pixels,
  });
  const bits = maskBits(decoded);
  return {
    ...dataset({ type: 'u4', shape: first.shape, bytes: new Uint8Array(bits.buffer) }),
    contiguous: true,
  };
}

/** The 32 mask bits of each pixel, whatever type they were sent in. */
function maskBits(mask: DtypeArray): Uint32Array<ArrayBuffer> {
  if (mask instanceof Uint32Array) return mask;
  if (mask instanceof BigUint64Array || mask instanceof BigInt64Array) {
    return Uint32Array.from(mask, (bits) => Number(BigInt.asUintN(32, bits)));
  }
  return Uint32Array.from(mask as ArrayLike<number>, (bits) => bits >>> 0);
}

function storedArrayNode(array: StoredArray): DatasetNode | ChunkedDatasetNode {
  if (array.filter === 'none') {
    return { ...dataset({ type: array.dtype, shape: array.shape, bytes: array.bytes }), contiguous: true };
  }
  return {
    kind: 'chunkedDataset',
    attributes: {},
    dtype: array.dtype,
    shape: array.shape,
    chunkShape: array.shape,
    filter: array.filter,
    fillValue: undefined,
    source: { place: 'bytes', chunks: [array.bytes] },
  };
}

function optional(dtype: 'f8' | 'u4', value: number | undefined, attributes = {}): DatasetNode | undefined {
  return value === undefined ? undefined : dataset(scalar(dtype, value), attributes);
}

/** Counts are integers (NX_INT) wherever they are given as such. */
function optionalCount(value: number | undefined): DatasetNode | undefined {
  if (value === undefined) return undefined;
  return dataset(scalar(Number.isSafeInteger(value) ? 'i8' : 'f8', value));
}

function optionalText(value: string | undefined): DatasetNode | undefined {
  return value === undefined ? undefined : dataset(text(value));
}

function optionalFlag(value: boolean | undefined): DatasetNode | undefined {
  return value === undefined ? undefined : dataset(scalar('u1', value ? 1 : 0));
}
