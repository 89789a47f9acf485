import { createHash } from 'node:crypto';
import { crc32c } from '@node-rs/crc32';
import type { ObjectStore } from '#src/server/storage/object-store.port.ts';
import { PART_CRC_HEADER } from '#src/shared/contracts/agent-api.ts';

/** Sends the only part of an upload by a signed address, proved as agents prove it. @returns what its completion declares */
export async function putPart(
  store: ObjectStore,
  upload: { key: string; uploadRef: string; partBytes: number },
  bytes: Buffer,
) {
  const receipt = {
    partNumber: 1,
    sizeBytes: bytes.length,
    crc32c: crc32c(bytes).toString(16).padStart(8, '0'),
  };
  const md5 = createHash('md5').update(bytes).digest();
  const announced = { ...receipt, md5: md5.toString('hex') };
  const signed = await store.signPart({ ...upload, partNumber: 1, announced });
  const headers = {
    ...signed.headers,
    [PART_CRC_HEADER]: receipt.crc32c,
    'content-md5': md5.toString('base64'),
  };
  const answer = await fetch(signed.url, { method: 'PUT', body: new Uint8Array(bytes), headers });
  if (!answer.ok) throw new Error(`a part was answered with ${answer.status}: ${await answer.text()}`);
  await answer.arrayBuffer();
  return receipt;
}
