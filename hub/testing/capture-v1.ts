import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/*
 * A Stream V1 series of a real EIGER 4M, one file per ZeroMQ part: start (1 to 9), three of the ten announced images of four
 * parts each, end (22).
 */

const TESTDATA =
  process.env.BEAMDECK_TESTDATA ?? path.resolve(import.meta.dirname, '../../../shared/testdata');
export const CAPTURE_V1_FOLDER = path.join(TESTDATA, 'stream_v1/eiger4m_16bit_bslz4');
export const hasCaptureV1 = existsSync(CAPTURE_V1_FOLDER);

export const CAPTURE_V1 = { rows: 2167, columns: 2070, announced: 10, images: 3 };

const part = (number: number): Buffer =>
  readFileSync(path.join(CAPTURE_V1_FOLDER, `${String(number).padStart(2, '0')}.part`));

/** The messages in order, each a list of parts; flat field (4) and mask (6) were not recorded and are zero. */
export function readCaptureV1(): { start: Buffer[]; images: Buffer[][]; end: Buffer[] } {
  const table = Buffer.alloc(4 * CAPTURE_V1.rows * CAPTURE_V1.columns);
  const start = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) =>
    number === 4 || number === 6 ? table : part(number),
  );
  const images = [10, 14, 18].map((first) => [0, 1, 2, 3].map((offset) => part(first + offset)));
  return { start, images, end: [part(22)] };
}
