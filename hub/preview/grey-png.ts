import { constants, deflateSync } from 'node:zlib';
import { crc32 } from '@node-rs/crc32';

const SIGNATURE = Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
// Of noise only runs and the frequency of greys compress: looking for longer matches took two to four times as long and gave
// larger files (measured with 0.05, 2 and 30 counts per pixel).

function chunk(type: string, content: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + content.length);
  bytes.writeUInt32BE(content.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(content, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + content.length)), 8 + content.length);
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
  texts: Readonly<Record<string, string>> = {},
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  // Each row begins with its filter; 0 = none: noise in few levels gains nothing from the others.
  const rows = new Uint8Array((width + 1) * height);
  for (let y = 0; y < height; y++) rows.set(grey.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    ...Object.entries(texts).map(([keyword, text]) =>
      chunk('tEXt', Buffer.from(`${keyword}\0${text}`, 'latin1')),
    ),
    chunk('IDAT', deflateSync(rows, { strategy: constants.Z_RLE })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
