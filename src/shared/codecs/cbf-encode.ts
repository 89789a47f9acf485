/** Encoder of mini-CBF files, for simulated detectors, tests and benches; cbf.ts reads them. */

const MARKER = [0x0c, 0x1a, 0x04, 0xd5] as const;
const PADDING_BYTES = 4095;

/** CBF byte-offset compression of integer pixels, straight from its definition (see cbf-byte-offset.ts). */
export function encodeByteOffset(pixels: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(pixels.length * 15);
  const view = new DataView(bytes.buffer);
  let out = 0;
  let before = 0;
  for (let pixel = 0; pixel < pixels.length; pixel++) {
    const step = pixels[pixel]! - before;
    before = pixels[pixel]!;
    if (Math.abs(step) <= 0x7f) view.setInt8(out++, step);
    else {
      view.setUint8(out++, 0x80);
      if (Math.abs(step) <= 0x7fff) view.setInt16(out, step, true);
      else {
        view.setUint16(out, 0x8000, true);
        if (Math.abs(step) <= 0x7fffffff) view.setInt32(out + 2, step, true);
        else {
          view.setUint32(out + 2, 0x80000000, true);
          view.setBigInt64(out + 6, BigInt(step), true);
          out += 8;
        }
        out += 4;
      }
      out += 2;
    }
  }
  return bytes.slice(0, out);
}

export interface MiniCbfInput {
  pixels: ArrayLike<number>;
  rows: number;
  columns: number;
  /** The lines after `#`, in order; default: those of a Pilatus. */
  lines?: readonly string[];
}

export const PILATUS_LINES: readonly string[] = [
  'Detector: PILATUS3 6M, S/N 60-0001, Test',
  '2026-11-20T12:00:00.125',
  'Pixel_size 172e-6 m x 172e-6 m',
  'Silicon sensor, thickness 0.001000 m',
  'Exposure_time 0.0090000 s',
  'Exposure_period 0.0100000 s',
  'Tau = 0 s',
  'Count_cutoff 1048500 counts',
  'Threshold_setting: 6350 eV',
  'Wavelength 0.97950 A',
  'Detector_distance 0.25000 m',
  'Beam_xy (1231.50, 1263.25) pixels',
  'Start_angle 10.0000 deg.',
  'Angle_increment 0.1000 deg.',
  'Oscillation_axis OMEGA',
];

/**
 * A mini-CBF file as Pilatus detectors write it.
 * @param md5 of bytes as base64 (`createHash('md5')` of Node)
 */
export function encodeMiniCbf(
  { pixels, rows, columns, lines = PILATUS_LINES }: MiniCbfInput,
  md5: (bytes: Uint8Array) => string,
): Uint8Array {
  const section = encodeByteOffset(pixels);
  const text = [
    '###CBF: VERSION 1.5, CBFlib v0.7.8 - PILATUS detectors',
    '',
    'data_test_0001',
    '',
    '_array_data.header_convention "PILATUS_1.2"',
    '_array_data.header_contents',
    ';',
    ...lines.map((line) => `# ${line}`),
    ';',
    '',
    '_array_data.data',
    ';',
    '--CIF-BINARY-FORMAT-SECTION--',
    'Content-Type: application/octet-stream;',
    '     conversions="x-CBF_BYTE_OFFSET"',
    'Content-Transfer-Encoding: BINARY',
    `X-Binary-Size: ${section.length}`,
    'X-Binary-ID: 1',
    'X-Binary-Element-Type: "signed 32-bit integer"',
    'X-Binary-Element-Byte-Order: LITTLE_ENDIAN',
    `Content-MD5: ${md5(section)}`,
    `X-Binary-Number-of-Elements: ${pixels.length}`,
    `X-Binary-Size-Fastest-Dimension: ${columns}`,
    `X-Binary-Size-Second-Dimension: ${rows}`,
    `X-Binary-Size-Padding: ${PADDING_BYTES}`,
    '',
    '',
  ].join('\r\n');
  const head = new TextEncoder().encode(text);
  const end = new TextEncoder().encode('\r\n--CIF-BINARY-FORMAT-SECTION----\r\n;\r\n\r\n');
  const file = new Uint8Array(head.length + MARKER.length + section.length + PADDING_BYTES + end.length);
  file.set(head);
  file.set(MARKER, head.length);
  file.set(section, head.length + MARKER.length);
  file.set(end, file.length - end.length);
  return file;
}
