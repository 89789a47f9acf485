import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type ZipEntry, zipLength, zipStream } from './zip-stream.ts';

const changedAt = new Date('2026-11-22T20:15:31Z');
const FILES: [string, string][] = [
  ['DEM/raw/lyso/run_1_master.h5', 'the master'],
  ['DEM/processed/Übersicht λ.txt', ''],
  ['DEM/processed/log.txt', 'x'.repeat(100_000)],
];
const entries = FILES.map(([name, text]) => ({ name, text, sizeBytes: text.length, changedAt }));

async function* pieces(text: string) {
  for (let at = 0; at < text.length; at += 30_000) yield Buffer.from(text.slice(at, at + 30_000));
}

async function zipped(list: readonly (ZipEntry & { text: string })[], limits?: { most: number }) {
  const parts: Uint8Array[] = [];
  for await (const part of zipStream(list, ({ text }) => pieces(text), limits)) parts.push(part);
  return Buffer.concat(parts);
}

/** As a program reads it: from the end (4.3.16, 4.3.14), through the directory, to each file. */
function unzip(zip: Buffer) {
  const end = zip.length - 22;
  expect(zip.readUInt32LE(end)).toBe(0x06054b50);
  let [count, at] = [zip.readUInt16LE(end + 10), zip.readUInt32LE(end + 16)];
  if (at === 0xffffffff) {
    expect(zip.readUInt32LE(end - 20)).toBe(0x07064b50);
    const wide = Number(zip.readBigUInt64LE(end - 12));
    expect(zip.readUInt32LE(wide)).toBe(0x06064b50);
    [count, at] = [Number(zip.readBigUInt64LE(wide + 32)), Number(zip.readBigUInt64LE(wide + 48))];
  }
  return Array.from({ length: count }, () => {
    expect(zip.readUInt32LE(at)).toBe(0x02014b50);
    const [nameBytes, extraBytes] = [zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30)];
    const name = zip.subarray(at + 46, at + 46 + nameBytes).toString('utf8');
    let [size, offset] = [zip.readUInt32LE(at + 24), zip.readUInt32LE(at + 42)];
    const extra = zip.subarray(at + 46 + nameBytes, at + 46 + nameBytes + extraBytes);
    if (extra.readUInt16LE(0) === 1) {
      const wide = Array.from({ length: extra.readUInt16LE(2) / 8 }, (_, i) =>
        Number(extra.readBigUInt64LE(4 + 8 * i)),
      );
      if (size === 0xffffffff) [size] = wide.splice(0, 2) as [number];
      if (offset === 0xffffffff) offset = wide.shift()!;
    }
    const crc = zip.readUInt32LE(at + 16);
    at += 46 + nameBytes + extraBytes;
    expect(zip.readUInt32LE(offset)).toBe(0x04034b50);
    const begin = offset + 30 + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28);
    const body = zip.subarray(begin, begin + size);
    expect(zip.readUInt32LE(begin + size)).toBe(0x08074b50);
    expect(zip.readUInt32LE(begin + size + 4)).toBe(crc);
    expect(crc32(body)).toBe(crc);
    return [name, body.toString()];
  });
}

describe.each([
  ['of 32 bits', undefined],
  ['of 64 bits', { most: 50 }],
] as const)('an archive %s', (_, limits) => {
  it('holds every file under its name with its checksum, and is as long as was said', async () => {
    const zip = await zipped(entries, limits);
    expect(unzip(zip)).toEqual(FILES);
    expect(zipLength(entries, limits)).toBe(zip.length);
  });
});

it('is an archive without any file, and with more than 65,535', async () => {
  expect(unzip(await zipped([]))).toEqual([]);
  const many = Array.from({ length: 65_600 }, (_, i) => ({
    name: `f${i}`,
    text: '',
    sizeBytes: 0,
    changedAt,
  }));
  const zip = await zipped(many);
  expect(zipLength(many)).toBe(zip.length);
  expect(zip.readUInt32LE(zip.length - 42)).toBe(0x07064b50);
});

it('is cut where a file is not as long as its record says', async () => {
  await expect(zipped([{ ...entries[0]!, sizeBytes: 11 }])).rejects.toThrow(
    'has 10 bytes in the store and 11',
  );
});
