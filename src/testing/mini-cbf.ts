import { createHash } from 'node:crypto';
import * as codec from '../shared/codecs/cbf-encode.ts';

export { encodeByteOffset } from '../shared/codecs/cbf-encode.ts';

export function md5Base64(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('base64');
}

/** A mini-CBF file with its MD5. */
export function encodeMiniCbf(input: codec.MiniCbfInput): Uint8Array {
  return codec.encodeMiniCbf(input, md5Base64);
}
