import { byteLength, type Dtype } from '../model/dtype.ts';
import { type CbfHeader, readCbfHeader } from './cbf-header.ts';
import { CodecError } from './codec-error.ts';

/*
 * mini-CBF files of Pilatus detectors: a text header, then one binary section with MIME lines (imgCIF dictionary 1.8, CBFlib
 * manual). The section can be read as one chunk of filter `byte-offset` without touching the rest of the file.
 */

export interface CbfSection {
  /** Of the compressed bytes within the file, behind the binary marker. */
  offset: number;
  sizeBytes: number;
  filter: 'byte-offset' | 'none';
  dtype: Dtype;
  shape: readonly [rows: number, columns: number];
  /** Base64 of the MD5 of the compressed bytes; null when the file has none. */
  contentMd5: string | null;
}

export interface CbfFile {
  header: CbfHeader;
  section: CbfSection;
}

const MAGIC = '###CBF:';
const BOUNDARY = '--CIF-BINARY-FORMAT-SECTION--';
/** Ends the MIME lines: form feed, Ctrl-Z, Ctrl-D, 0xD5. */
const MARKER = [0x0c, 0x1a, 0x04, 0xd5] as const;
/** Several kB of imgCIF loops may stand before the section; nothing honest needs more than this. */
export const CBF_HEAD_BYTES = 256 * 1024;
const MAX_SIDE_PX = 2 ** 20;

const ELEMENT_TYPES: ReadonlyMap<string, Dtype> = new Map([
  ['unsigned 8-bit integer', 'u1'],
  ['signed 8-bit integer', 'i1'],
  ['unsigned 16-bit integer', 'u2'],
  ['signed 16-bit integer', 'i2'],
  ['unsigned 32-bit integer', 'u4'],
  ['signed 32-bit integer', 'i4'],
]);

/** CBF text is ASCII; other bytes (a path in Latin-1) become single characters. */
function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  }
  return text;
}

function findMarker(bytes: Uint8Array): number {
  const head = bytes.subarray(0, CBF_HEAD_BYTES);
  for (let at = head.indexOf(MARKER[0]); at >= 0; at = head.indexOf(MARKER[0], at + 1)) {
    if (MARKER.every((byte, index) => head[at + index] === byte)) return at;
  }
  throw new CodecError(`CBF file has no binary section within its first ${head.length} bytes`);
}

/** MIME fields, names in lower case; a line that starts with a blank continues the one before (RFC 822). */
function mimeFields(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return fields;
}

function count(fields: ReadonlyMap<string, string>, name: string, max: number): number | null {
  const text = fields.get(name);
  if (text === undefined) return null;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= 1 && value <= max)) throw new CodecError(`CBF field ${name} is "${text.slice(0, 40)}"`);
  return value;
}

function needed(fields: ReadonlyMap<string, string>, name: string, max: number): number {
  const value = count(fields, name, max);
  if (value === null) throw new CodecError(`CBF file lacks the field ${name}`);
  return value;
}

function filterOf(fields: ReadonlyMap<string, string>): CbfSection['filter'] {
  const encoding = fields.get('content-transfer-encoding') ?? 'BINARY';
  if (encoding.toUpperCase() !== 'BINARY') {
    throw new CodecError(`CBF section is encoded as ${encoding.slice(0, 40)}; only BINARY is supported`);
  }
  const conversion = /conversions="?([\w-]+)/i.exec(fields.get('content-type') ?? '')?.[1]?.toLowerCase();
  if (conversion === 'x-cbf_byte_offset') return 'byte-offset';
  if (conversion === undefined || conversion === 'x-cbf_none') return 'none';
  throw new CodecError(`CBF compression ${conversion.slice(0, 40)} is not supported`);
}

function readSection(fields: ReadonlyMap<string, string>, offset: number): CbfSection {
  const columns = needed(fields, 'x-binary-size-fastest-dimension', MAX_SIDE_PX);
  const rows = needed(fields, 'x-binary-size-second-dimension', MAX_SIDE_PX);
  if ((count(fields, 'x-binary-size-third-dimension', MAX_SIDE_PX) ?? 1) !== 1) {
    throw new CodecError('CBF section has three dimensions; only single images are supported');
  }
  const elements = count(fields, 'x-binary-number-of-elements', MAX_SIDE_PX ** 2) ?? rows * columns;
  if (elements !== rows * columns) {
    throw new CodecError(`CBF section of ${columns} × ${rows} pixels claims ${elements} elements`);
  }
  const type = (fields.get('x-binary-element-type') ?? 'signed 32-bit integer').replaceAll('"', '');
  const dtype = ELEMENT_TYPES.get(type.toLowerCase());
  if (dtype === undefined) throw new CodecError(`CBF element type ${type.slice(0, 40)} is not supported`);
  const order = (fields.get('x-binary-element-byte-order') ?? 'LITTLE_ENDIAN').toUpperCase();
  if (order !== 'LITTLE_ENDIAN')
    throw new CodecError(`CBF byte order ${order.slice(0, 40)} is not supported`);
  const sizeBytes = needed(fields, 'x-binary-size', Number.MAX_SAFE_INTEGER);
  const filter = filterOf(fields);
  const leastBytes = elements * (filter === 'none' ? byteLength(dtype) : 1);
  if (sizeBytes < leastBytes) {
    throw new CodecError(`CBF section of ${sizeBytes} bytes cannot hold ${elements} pixels`);
  }
  return {
    offset,
    sizeBytes,
    filter,
    dtype,
    shape: [rows, columns],
    contentMd5: fields.get('content-md5') ?? null,
  };
}

/**
 * Reads header and place of the pixels from the start of a mini-CBF file; the section itself need not be there.
 * @param bytes the file, or at least its first `CBF_HEAD_BYTES`
 * @param fileBytes size of the whole file, where it is known: a section that ends behind it is refused (a file still being
 * written, or cut)
 * @throws CodecError when the file is no CBF or its section is in a form this version does not read
 */
export function readCbf(bytes: Uint8Array, fileBytes?: number): CbfFile {
  if (latin1(bytes.subarray(0, MAGIC.length)) !== MAGIC) throw new CodecError('not a CBF file');
  const marker = findMarker(bytes);
  const text = latin1(bytes.subarray(0, marker));
  const boundary = text.lastIndexOf(BOUNDARY);
  if (boundary < 0) throw new CodecError('CBF file has no MIME lines before its binary section');
  const section = readSection(mimeFields(text.slice(boundary + BOUNDARY.length)), marker + MARKER.length);
  const end = section.offset + section.sizeBytes;
  if (fileBytes !== undefined && end > fileBytes) {
    throw new CodecError(`CBF file has ${fileBytes} bytes, its section ends at ${end}: it is not whole`);
  }
  return { header: readCbfHeader(text.slice(0, boundary)), section };
}

/**
 * The compressed bytes of a whole file that was read with `readCbf`.
 * @param md5 of bytes as base64 (`createHash('md5')` of Node); without it the sum in the file is not checked
 * @throws CodecError when the file is cut or its bytes are not those that were written
 */
export function cbfSectionBytes(
  file: Uint8Array,
  section: CbfSection,
  md5?: (bytes: Uint8Array) => string,
): Uint8Array {
  const bytes = file.subarray(section.offset, section.offset + section.sizeBytes);
  if (bytes.length !== section.sizeBytes) {
    throw new CodecError(`CBF section has ${bytes.length} of ${section.sizeBytes} bytes`);
  }
  if (md5 !== undefined && section.contentMd5 !== null && md5(bytes) !== section.contentMd5) {
    throw new CodecError('CBF section does not have the MD5 that the file states: it was damaged');
  }
  return bytes;
}
