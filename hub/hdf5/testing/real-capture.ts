import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { decodeStreamV2 } from '#src/shared/codecs/stream-v2.ts';
import type { StreamImage, StreamStart } from '#src/shared/model/stream.ts';

export const testdata = process.env.BEAMDECK_TESTDATA ?? resolve('..', 'shared', 'testdata');
export const captureFolder = join(testdata, 'stream_v2', 'eiger1m_32bit_bslz4');
export const hasCapture = existsSync(captureFolder);

/** A complete series recorded from a real EIGER 1M: start, ten images, end; one file per message. */
export function readCapture(): { start: StreamStart; images: StreamImage[] } {
  let start: StreamStart | undefined;
  const images: StreamImage[] = [];
  for (const name of readdirSync(captureFolder).sort()) {
    const message = decodeStreamV2(new Uint8Array(readFileSync(join(captureFolder, name))));
    if (message.type === 'start') start = message;
    if (message.type === 'image') images.push(message);
  }
  if (start === undefined) throw new Error(`no start message in ${captureFolder}`);
  return { start, images };
}
