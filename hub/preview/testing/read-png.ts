import { crc32, inflateSync } from 'node:zlib';

export interface ReadPng {
  width: number;
  height: number;
  /** One byte per pixel, row by row. */
  grey: Uint8Array;
  texts: Record<string, string>;
}

/** Reads the kind of PNG that is written here: 8-bit greyscale, rows without filter. Checks every CRC. */
export function readGreyPng(bytes: Uint8Array): ReadPng {
  const png = Buffer.from(bytes);
  if (png.subarray(0, 8).toString('latin1') !== '\x89PNG\r\n\x1a\n') throw new Error('no PNG');
  const chunks: [type: string, content: Buffer][] = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    if (crc32(png.subarray(at + 4, at + 8 + length)) !== png.readUInt32BE(at + 8 + length)) {
      throw new Error('a chunk has a wrong CRC');
    }
    chunks.push([png.toString('latin1', at + 4, at + 8), png.subarray(at + 8, at + 8 + length)]);
    at += 12 + length;
  }
  const content = (type: string) => chunks.filter(([name]) => name === type).map(([, piece]) => piece);
  const header = content('IHDR')[0]!;
  if (chunks.at(-1)![0] !== 'IEND' || header.subarray(8).join() !== '8,0,0,0,0') {
    throw new Error('another kind of PNG than is written here');
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const rows = inflateSync(Buffer.concat(content('IDAT')));
  const grey = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    if (rows[y * (width + 1)] !== 0) throw new Error('a row has a filter');
    grey.set(rows.subarray(y * (width + 1) + 1, (y + 1) * (width + 1)), y * width);
  }
  const texts = content('tEXt').map((text) => text.toString('latin1').split('\0') as [string, string]);
  return { width, height, grey, texts: Object.fromEntries(texts) };
}
