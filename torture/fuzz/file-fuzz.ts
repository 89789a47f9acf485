import { readCbf } from '#src/shared/codecs/cbf.ts';
import { CodecError } from '#src/shared/codecs/codec-error.ts';
import { damagedBytes, randomSource } from '#src/testing/damaged-bytes.ts';
import { encodeMiniCbf } from '#src/testing/mini-cbf.ts';
import type { FuzzCount } from '#src/testing/stream-fuzz.ts';

/** CBF files, damaged in header, binary head and section. Throws when the reader throws anything but its own error, or points outside the file. */
export function fuzzCbf(inputs: number, seed: number): FuzzCount {
  const random = randomSource(seed);
  const samples = [
    encodeMiniCbf({ pixels: Array.from({ length: 60 }, (_, at) => at * 37 - 100), rows: 6, columns: 10 }),
    encodeMiniCbf({
      pixels: [1, -1, 70_000, 2],
      rows: 2,
      columns: 2,
      lines: ['2008/Jan/25 14:02:11.123', 'Angle_increment 0.1 deg.', 'Beam_xy (1.5, 2.5) pixels'],
    }),
  ];
  const count: FuzzCount = { accepted: 0, refused: 0 };
  let number = 0;
  for (const bytes of damagedBytes(samples, inputs, Math.floor(random() * 2 ** 31))) {
    number++;
    try {
      const { section } = readCbf(bytes, bytes.length);
      if (section.offset + section.sizeBytes > bytes.length)
        throw new Error('the section ends behind the file');
      count.accepted++;
    } catch (error) {
      if (!(error instanceof CodecError))
        throw new Error(`CBF input ${number} of seed ${seed}: ${String(error)}`, { cause: error });
      count.refused++;
    }
  }
  return count;
}
