import type {
  StreamImage,
  StreamImageArray,
  StreamMessage,
  StreamStart,
  StreamTime,
} from '../model/stream.ts';
import { CodecError } from './codec-error.ts';
import { boundedText, readJsonObject, readUserText } from './stream-json.ts';
import { MAX_NAME_LENGTH, SIMPLON_DTYPES } from './stream-start-fields.ts';
import { readV1Header } from './stream-v1-header.ts';
import { checkedArray, isSidePx, StreamDecodeError } from './stream-values.ts';

export { StreamDecodeError } from './stream-values.ts';

/*
 * SIMPLON Stream V1 (SIMPLON API reference 1.8, "stream interface"): one message is several ZeroMQ parts, JSON and blobs in
 * turn; which ones a start has depends on the detector's `header_detail`, and a part may be appended to starts and images.
 * Shapes are [width, height], the reverse of ours. As in Stream V2, what identifies an image and its pixels must be right,
 * everything else may be missing and becomes null and a warning. `hash` is not checked: it is the MD5 of the part before the
 * pixels, not of the pixels.
 */

/** Stream V1 does not name channels. */
export const STREAM_V1_CHANNEL = 'default';
const NANOSECONDS = 1_000_000_000;

type JsonObject = NonNullable<ReturnType<typeof readJsonObject>>;

/**
 * Which series a message belongs to. A detector counts series from 1 again after a restart, so the number alone names none:
 * the receiver knows what is open.
 */
export interface SeriesOfV1 {
  /** The unique id of the series that image `frame` (null: an end) of series number `seriesId` belongs to. */
  uniqueIdOf(seriesId: number, frame: number | null): string;
  /** ISO 8601; part of the unique id of a start that carries no date. */
  receivedAt: string;
}

/** For starts: the number, and when the detector was armed, else when its start came. */
export function uniqueIdOfV1(seriesId: number, date: string): string {
  return `${seriesId}@${date}`;
}

function requireNumber(json: JsonObject, key: string): number {
  const value = json[key];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new StreamDecodeError(`${key} is no non-negative integer`);
  }
  return value;
}

function requirePart(parts: readonly Uint8Array[], index: number, what: string): Uint8Array {
  const part = parts[index];
  if (part === undefined) throw new StreamDecodeError(`part ${index + 1} (${what}) is missing`);
  return part;
}

function decodeStart(seriesId: number, parts: readonly Uint8Array[], series: SeriesOfV1): StreamStart {
  const fields = readV1Header(parts, STREAM_V1_CHANNEL);
  return {
    type: 'start',
    seriesId,
    seriesUniqueId: uniqueIdOfV1(seriesId, fields.armDate ?? series.receivedAt),
    ...fields,
  };
}

/**
 * `[bs<bits>-]lz4<`, `<` or nothing (uncompressed); `>` would be big endian, which is the same for single bytes.
 * @throws StreamDecodeError
 */
function readEncoding(encoding: unknown, elementBytes: number): StreamImageArray['filter'] {
  const text = encoding === undefined || encoding === null || encoding === 'none' ? '' : encoding;
  const match = typeof text === 'string' ? /^(?:bs(8|16|32|64)-?)?(lz4)?([<>]?)$/.exec(text) : null;
  const [, bits, lz4, order] = match ?? [];
  if (!match || (bits !== undefined && lz4 === undefined)) {
    throw new StreamDecodeError(`encoding ${String(encoding).slice(0, 32)} is not supported`);
  }
  if (order === '>' && elementBytes > 1) throw new StreamDecodeError('big-endian pixels are not supported');
  if (bits === undefined) return lz4 === undefined ? 'none' : 'lz4';
  if (Number(bits) !== 8 * elementBytes) {
    throw new StreamDecodeError(`bit shuffling of ${bits} bits does not fit pixels of ${8 * elementBytes}`);
  }
  return 'bslz4';
}

/** The pixels of an image, as views of its parts. @throws StreamDecodeError, CodecError */
function readPixels(parts: readonly Uint8Array[]): StreamImageArray {
  const about = readJsonObject(requirePart(parts, 1, 'description of the pixels'));
  if (about === undefined || !/^dimage_d-1\.\d+$/.test(String(about.htype))) {
    throw new StreamDecodeError('part 2 is no dimage_d-1.0');
  }
  const dtype = typeof about.type === 'string' ? SIMPLON_DTYPES.get(about.type) : undefined;
  if (dtype === undefined) throw new StreamDecodeError('type of the pixels is not known');
  const [columns, rows] = Array.isArray(about.shape) ? about.shape : [];
  if (!isSidePx(columns) || !isSidePx(rows) || (about.shape as readonly unknown[]).length !== 2) {
    throw new StreamDecodeError('shape is not [width, height]');
  }
  const bytes = requirePart(parts, 2, 'pixels');
  if (about.size !== undefined && about.size !== bytes.length) {
    throw new StreamDecodeError(`pixels have ${bytes.length} bytes instead of the announced size`);
  }
  const filter = readEncoding(about.encoding, Number(dtype[1]));
  return { ...checkedArray({ dtype, filter, bytes }, [rows, columns]), shape: [rows, columns] };
}

function readTime(json: JsonObject | undefined, key: string): StreamTime | null {
  const numerator = json?.[key];
  return typeof numerator === 'number' ? { numerator, denominator: NANOSECONDS } : null;
}

function decodeImage(
  seriesId: number,
  head: JsonObject,
  parts: readonly Uint8Array[],
  series: SeriesOfV1,
): StreamImage {
  const imageId = requireNumber(head, 'frame');
  const channels = new Map([[STREAM_V1_CHANNEL, readPixels(parts)]]);
  const timing = parts[3] === undefined ? undefined : readJsonObject(parts[3]);
  const appendix = parts[4] === undefined ? undefined : boundedText(parts[4]);
  return {
    type: 'image',
    seriesId,
    seriesUniqueId: series.uniqueIdOf(seriesId, imageId),
    imageId,
    channels,
    startTime: readTime(timing, 'start_time'),
    stopTime: readTime(timing, 'stop_time'),
    realTime: readTime(timing, 'real_time'),
    seriesDate: null,
    userData: appendix === undefined ? null : readUserText(appendix),
    values: {},
  };
}

/**
 * Decodes one Stream V1 message, given as its ZeroMQ parts. Arrays are views of the parts, so they must stay unchanged while
 * the arrays live; only a bare lz4 block is copied (`checkedArray`). Nothing is decompressed.
 * @throws StreamDecodeError when the message cannot be used
 */
export function decodeStreamV1(parts: readonly Uint8Array[], series: SeriesOfV1): StreamMessage {
  try {
    const head = readJsonObject(requirePart(parts, 0, 'JSON with htype'));
    const htype = head?.htype;
    if (head === undefined || typeof htype !== 'string') {
      // A CBOR map, tagged as such or not.
      const isCbor = parts.length === 1 && (parts[0]![0] === 0xd9 || parts[0]![0]! >> 5 === 5);
      throw new StreamDecodeError(`part 1 is no JSON with htype${isCbor ? '; is this Stream V2' : ''}`);
    }
    const kind = /^(dheader|dimage|dseries_end)-1\.\d+$/.exec(htype)?.[1];
    if (kind === undefined) return { type: 'unknown', messageType: htype.slice(0, MAX_NAME_LENGTH) };
    const seriesId = requireNumber(head, 'series');
    if (kind === 'dimage') return decodeImage(seriesId, head, parts, series);
    if (kind === 'dheader') return decodeStart(seriesId, parts, series);
    return { type: 'end', seriesId, seriesUniqueId: series.uniqueIdOf(seriesId, null) };
  } catch (error) {
    if (error instanceof CodecError) throw new StreamDecodeError(error.message, { cause: error });
    throw error;
  }
}
