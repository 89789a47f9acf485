import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { damagedBytes, randomSource } from '#src/testing/damaged-bytes.ts';
import { encodeByteOffset, encodeMiniCbf, md5Base64 } from '#src/testing/mini-cbf.ts';
import { cbfSectionBytes, readCbf } from './cbf.ts';
import { decodeByteOffset } from './cbf-byte-offset.ts';
import { decodeChunk } from './chunk.ts';
import { CodecError } from './codec-error.ts';

const TESTDATA = process.env.BEAMDECK_TESTDATA ?? resolve('..', 'shared', 'testdata');

function decodeFile(file: Uint8Array, md5?: (bytes: Uint8Array) => string): Int32Array {
  const { section } = readCbf(file, file.length);
  const bytes = cbfSectionBytes(file, section, md5);
  const elements = section.shape[0] * section.shape[1];
  return decodeChunk({ filter: section.filter, dtype: section.dtype, bytes, elements }) as Int32Array;
}

/** Counts with spots, gaps of −1, and steps of every width. */
function pilatusPixels(rows: number, columns: number): Int32Array {
  const random = randomSource(rows);
  return Int32Array.from({ length: rows * columns }, (_, pixel) => {
    if (pixel % columns > columns - 8) return -1;
    if (random() < 0.002) return Math.floor(random() * 2 ** 20);
    if (random() < 0.01) return Math.floor(random() * 3000);
    return Math.floor(random() * 6);
  });
}

describe('byte offset', () => {
  it('decodes the worked cases: each width, its limits, and what lies beyond', () => {
    const values = [
      0,
      127,
      0,
      -127,
      1,
      129,
      -32_638,
      129,
      -2,
      32_766,
      2 ** 31 - 1,
      -(2 ** 31),
      2 ** 31 - 1,
      0,
    ];
    expect([...decodeByteOffset(encodeByteOffset(values), 'i4', values.length)]).toEqual(values);
    // 5, then −3, +300 in 16 bits, −70 000 in 32 bits, and up to the largest value in 64 bits.
    const bytes = Uint8Array.of(
      ...[5, 0xfd, 0x80, 0x2c, 0x01, 0x80, 0x00, 0x80, 0x90, 0xee, 0xfe, 0xff],
      ...[0x80, 0x00, 0x80, 0x00, 0x00, 0x00, 0x80, 0x41, 0x10, 0x01, 0x80, 0, 0, 0, 0],
    );
    expect([...decodeByteOffset(bytes, 'i4', 5)]).toEqual([5, 2, 302, -69_698, 2 ** 31 - 1]);
  });

  it('refuses sections that end early, go on, or leave the type', () => {
    const bytes = encodeByteOffset([1, 2, 300, 70_000, 5]);
    for (let cut = 0; cut < bytes.length; cut++) {
      expect(() => decodeByteOffset(bytes.subarray(0, cut), 'i4', 5)).toThrow(CodecError);
    }
    expect(() => decodeByteOffset(bytes, 'i4', 4)).toThrow(/follow the last/);
    expect(() => decodeByteOffset(bytes, 'u2', 5)).toThrow(/pixel 3 is outside of u2/);
    expect(() => decodeByteOffset(encodeByteOffset([0, -1]), 'u4', 2)).toThrow(/outside of u4/);
    expect(() => decodeByteOffset(bytes, 'f4', 5)).toThrow(/not supported/);
    expect(() => decodeByteOffset(bytes, 'i4', 2 ** 40)).toThrow(/cannot hold/);
  });
});

describe('mini-CBF files', () => {
  const pixels = pilatusPixels(195, 487);
  const file = encodeMiniCbf({ pixels, rows: 195, columns: 487 });

  it('reads header and pixels of a file as Pilatus detectors write it', () => {
    const { header, section } = readCbf(file, file.length);
    expect(section).toMatchObject({ filter: 'byte-offset', dtype: 'i4', shape: [195, 487] });
    expect(header).toMatchObject({
      detector: 'PILATUS3 6M',
      serialNumber: '60-0001',
      timestamp: '2026-11-20T12:00:00.125',
      sensorMaterial: 'Silicon',
      sensorThicknessM: 1e-3,
      countCutoff: 1_048_500,
      thresholdEv: 6350,
      wavelengthA: 0.9795,
      detectorDistanceM: 0.25,
      beamXPx: 1231.5,
      beamYPx: 1263.25,
      startAngleDeg: 10,
      angleIncrementDeg: 0.1,
      oscillationAxis: 'OMEGA',
      detector2ThetaDeg: null,
    });
    expect(header.pixelSizeXM).toBeCloseTo(172e-6, 12);
    expect(header.pixelSizeYM).toBeCloseTo(172e-6, 12);
    expect(
      Buffer.compare(new Uint8Array(decodeFile(file, md5Base64).buffer), new Uint8Array(pixels.buffer)),
    ).toBe(0);
  });

  it('finds the section in the first bytes of a file, and says when the file is not whole', () => {
    const { section } = readCbf(file.subarray(0, 4000));
    expect(section).toEqual(readCbf(file).section);
    expect(() => readCbf(file.subarray(0, 20_000), 20_000)).toThrow(/it is not whole/);
    expect(() => readCbf(file.subarray(0, 500))).toThrow(/no binary section within its first 500 bytes/);
    expect(() => readCbf(new TextEncoder().encode('II*'))).toThrow(/not a CBF file/);
  });

  it('finds a damaged section by its MD5', () => {
    const damaged = file.slice();
    const { section } = readCbf(damaged);
    damaged[section.offset + 1000]! ^= 1;
    expect(() => cbfSectionBytes(damaged, section, md5Base64)).toThrow(/MD5/);
    expect(cbfSectionBytes(damaged, section)).toHaveLength(section.sizeBytes);
  });

  it('takes nothing for known that the header does not say, or says in another unit', () => {
    const lines = [
      'Pixel_size 172 furlong x 172 furlong',
      'Wavelength nan A',
      'Beam_xy (0, 0) pixels',
      'Detector_distance 250 mm',
    ];
    const { header } = readCbf(encodeMiniCbf({ pixels: [1, 2], rows: 1, columns: 2, lines }));
    expect(header).toMatchObject({
      pixelSizeXM: null,
      wavelengthA: null,
      beamXPx: null,
      beamYPx: null,
      detector: null,
    });
    expect(header.detectorDistanceM).toBe(0.25);
    expect(header.lines.get('Beam_xy')).toBe('(0, 0) pixels');
    const older = readCbf(
      encodeMiniCbf({ pixels: [1], rows: 1, columns: 1, lines: ['2008/Jan/25 14:02:11.123'] }),
    );
    expect(older.header.timestamp).toBe('2008-01-25T14:02:11.123');
  });

  it('refuses forms it does not read by their names', () => {
    const change = (from: string, to: string) => () =>
      readCbf(new Uint8Array(Buffer.from(Buffer.from(file).toString('latin1').replace(from, to), 'latin1')));
    expect(change('x-CBF_BYTE_OFFSET', 'x-CBF_PACKED')).toThrow(/x-cbf_packed is not supported/);
    expect(change('signed 32-bit integer', 'signed 32-bit real IEEE')).toThrow(/real IEEE is not supported/);
    expect(change('LITTLE_ENDIAN', 'BIG_ENDIAN')).toThrow(/BIG_ENDIAN/);
    expect(change('Encoding: BINARY', 'Encoding: BASE64')).toThrow(/BASE64/);
    expect(change('Second-Dimension: 195', 'Second-Dimension: 196')).toThrow(/claims/);
    expect(change('X-Binary-Size-Fastest-Dimension: 487', 'X-Other: 487')).toThrow(/lacks the field/);
  });

  it('survives thousands of damaged files', () => {
    const small = encodeMiniCbf({ pixels: pilatusPixels(20, 30), rows: 20, columns: 30 });
    const sample = small.subarray(0, small.length - 4000);
    let refused = 0;
    for (const bytes of damagedBytes([sample], 5000, 11)) {
      try {
        decodeFile(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(CodecError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(2000);
  });
});

const REAL = join(TESTDATA, 'cbf', 'phi_scan_001.cbf');
const SIMULATED = join(TESTDATA, 'mx_cbf');
const present = existsSync(REAL) && existsSync(SIMULATED);

describe.skipIf(!present)(`real files (skipped where the test data are not beside the project)`, () => {
  it('a Pilatus 300K with imgCIF loops before its section, beam centre outside of the image', () => {
    const file = new Uint8Array(readFileSync(REAL));
    const { header, section } = readCbf(file, file.length);
    expect(section).toMatchObject({ offset: 6770, sizeBytes: 301_453, shape: [619, 487] });
    expect(header).toMatchObject({
      detector: 'PILATUS 300K',
      serialNumber: '3-0104',
      timestamp: '2011-07-14T12:45:19.719',
      beamXPx: 2000,
      wavelengthA: 0.68937,
      detectorDistanceM: 0.1,
      sensorThicknessM: 0.00032,
      thresholdEv: 9000,
      exposureTimeS: 0.5,
      startAngleDeg: 9.5,
      detector2ThetaDeg: 20,
    });
    expect(header.lines.get('CBF_template_file')).toBe('/dls/i19/data/2011/cm2067-3/dls.i19.eh2.cbftt');
    const pixels = decodeFile(file, md5Base64);
    expect(pixels).toHaveLength(301_453);
    expect(pixels.every((count) => count >= -2)).toBe(true);
    // The sum that DIALS reads.
    expect(pixels.reduce((sum, count) => sum + count, 0)).toBe(-16_611);
  });

  it.each(present ? readdirSync(SIMULATED) : [])('%s: MD5 and every pixel', (name) => {
    const file = new Uint8Array(readFileSync(join(SIMULATED, name)));
    const { header, section } = readCbf(file, file.length);
    const pixels = decodeFile(file, md5Base64);
    // What was decoded encodes to the very bytes of the file: nothing was misread.
    expect(Buffer.compare(encodeByteOffset(pixels), cbfSectionBytes(file, section))).toBe(0);
    expect(header.startAngleDeg).toBeCloseTo(0.5 * (Number(name.slice(5, 9)) - 1), 9);
  });
});
