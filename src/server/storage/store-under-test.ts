import { createHash } from 'node:crypto';
import { crc32c } from '@node-rs/crc32';
import { PART_CRC_HEADER } from '#src/shared/contracts/agent-api.ts';
import type { ObjectStore, PartReceipt } from './object-store.port.ts';

/** A driver as the contract tests it. */
export interface StoreUnderTest {
  store: ObjectStore;
  /** The driver's smallest part. */
  partBytes: number;
  close(): Promise<void>;
}

/** Ours, and that of S3 ("BadDigest"). */
export const REFUSED_BYTES = [422, 400];

export const hexCrc = (bytes: Uint8Array): string => crc32c(bytes).toString(16).padStart(8, '0');

export function partsOf(bytes: Uint8Array, partBytes: number): { receipt: PartReceipt; bytes: Uint8Array }[] {
  const count = Math.max(1, Math.ceil(bytes.length / partBytes));
  return Array.from({ length: count }, (_, index) => {
    const piece = bytes.subarray(index * partBytes, (index + 1) * partBytes);
    return {
      bytes: piece,
      receipt: { partNumber: index + 1, sizeBytes: piece.length, crc32c: hexCrc(piece) },
    };
  });
}

/** Sends a part as an agent does; `announced` are the bytes it says it sends. */
export async function putPart(
  store: ObjectStore,
  upload: { key: string; uploadRef: string; partBytes: number },
  partNumber: number,
  bytes: Uint8Array,
  announced = bytes,
): Promise<Response> {
  const crc = hexCrc(announced);
  const md5 = createHash('md5').update(announced).digest();
  const { url, headers: bound } = await store.signPart({
    ...upload,
    partNumber,
    announced: { sizeBytes: announced.length, crc32c: crc, md5: md5.toString('hex') },
  });
  const headers = { ...bound, [PART_CRC_HEADER]: crc, 'Content-MD5': md5.toString('base64') };
  return fetch(url, { method: 'PUT', body: Buffer.from(bytes), headers });
}

export async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}
