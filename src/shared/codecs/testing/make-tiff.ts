export interface TiffParts {
  rows: number;
  columns: number;
  bits: number;
  /** 1: unsigned, 2: signed, 3: floating point. */
  format: number;
  /** Strips or tiles as they stand in the file. */
  blocks: readonly Uint8Array[];
  tile?: { rows: number; columns: number };
  rowsPerStrip?: number;
  compression?: number;
  predictor?: number;
  samples?: number;
  photometric?: number;
  description?: string;
  isBigEndian?: boolean;
  /** BigTIFF. */
  isBig?: boolean;
}

/** A TIFF file made by hand: directory first, then what its entries point at, then the pixels. */
export function makeTiff(parts: TiffParts): Uint8Array<ArrayBuffer> {
  const { isBigEndian = false, isBig = false, blocks, tile } = parts;
  const little = !isBigEndian;
  const word = isBig ? 8 : 4;
  const text = parts.description === undefined ? null : new TextEncoder().encode(`${parts.description}\0`);
  const lists: [tag: number, type: number, values: readonly number[]][] = [
    [256, 4, [parts.columns]],
    [257, 4, [parts.rows]],
    [258, 3, [parts.bits]],
    [259, 3, [parts.compression ?? 1]],
    [262, 3, [parts.photometric ?? 1]],
    ...(text ? ([[270, 2, [...text]]] as [number, number, number[]][]) : []),
    [277, 3, [parts.samples ?? 1]],
    [317, 3, [parts.predictor ?? 1]],
    [339, 3, [parts.format]],
  ];
  const offsets: number[] = blocks.map(() => 0);
  const type = isBig ? 16 : 4;
  const sizes = blocks.map(({ length }) => length);
  if (tile)
    lists.push([322, 4, [tile.columns]], [323, 4, [tile.rows]], [324, type, offsets], [325, type, sizes]);
  else lists.push([273, type, offsets], [278, 4, [parts.rowsPerStrip ?? parts.rows]], [279, type, sizes]);
  lists.sort(([a], [b]) => a - b);
  const typeBytes = (one: number) => ({ 2: 1, 3: 2, 4: 4, 16: 8 })[one]!;
  const headBytes = isBig ? 16 : 8;
  const entryBytes = isBig ? 20 : 12;
  const countBytes = isBig ? 8 : 2;
  let end = headBytes + countBytes + lists.length * entryBytes + word;
  const places = lists.map(([, kind, values]) => {
    const length = typeBytes(kind) * values.length;
    if (length <= word) return null;
    const at = end;
    end += length;
    return at;
  });
  for (const [n, { length }] of blocks.entries()) {
    offsets[n] = end;
    end += length;
  }
  const file = new Uint8Array(end);
  const view = new DataView(file.buffer);
  const put = (at: number, bytes: number, value: number) => {
    if (bytes === 1) view.setUint8(at, value);
    else if (bytes === 2) view.setUint16(at, value, little);
    else if (bytes === 4) view.setUint32(at, value, little);
    else view.setBigUint64(at, BigInt(value), little);
  };
  file.fill(isBigEndian ? 0x4d : 0x49, 0, 2);
  put(2, 2, isBig ? 43 : 42);
  if (isBig) put(4, 2, 8);
  put(isBig ? 8 : 4, word, headBytes);
  put(headBytes, countBytes, lists.length);
  for (const [n, [tag, kind, values]] of lists.entries()) {
    const at = headBytes + countBytes + n * entryBytes;
    put(at, 2, tag);
    put(at + 2, 2, kind);
    put(at + 4, word, values.length);
    const place = places[n]!;
    if (place !== null) put(at + 4 + word, word, place);
    const from = place ?? at + 4 + word;
    for (const [m, value] of values.entries()) put(from + m * typeBytes(kind), typeBytes(kind), value);
  }
  for (const [n, block] of blocks.entries()) file.set(block, offsets[n]);
  return file;
}
