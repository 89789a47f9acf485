const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** What the platform has for it. */
export interface EncodePng {
  /** A zlib stream (RFC 1950). */
  deflate(bytes: Uint8Array): Uint8Array;
  crc32(bytes: Uint8Array): number;
}

const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function chunk(type: string, content: Uint8Array, crc32: EncodePng['crc32']): Uint8Array {
  const bytes = new Uint8Array(12 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set(latin1(type), 4);
  bytes.set(content, 8);
  view.setUint32(8 + content.length, crc32(bytes.subarray(4, 8 + content.length)));
  return bytes;
}

/**
 * An 8-bit greyscale PNG (W3C PNG specification, third edition).
 * @param grey one byte per pixel, row by row, 0 = black
 * @param texts tEXt chunks: keyword (Latin-1, at most 79 characters) → text (Latin-1)
 */
export function encodeGreyPng(
  grey: Uint8Array,
  width: number,
  height: number,
  texts: Readonly<Record<string, string>>,
  { deflate, crc32 }: EncodePng,
): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = 8;
  // Each row begins with its filter; 0 = none: noise in few levels gains nothing from the others.
  const rows = new Uint8Array((width + 1) * height);
  for (let y = 0; y < height; y++) rows.set(grey.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  return joined([
    SIGNATURE,
    chunk('IHDR', header, crc32),
    ...Object.entries(texts).map(([keyword, text]) => chunk('tEXt', latin1(`${keyword}\0${text}`), crc32)),
    chunk('IDAT', deflate(rows), crc32),
    chunk('IEND', new Uint8Array(0), crc32),
  ]);
}
