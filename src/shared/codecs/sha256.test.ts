import { createHash, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { Sha256 } from './sha256.ts';

const nodes = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('SHA-256 of every length around the blocks is that of OpenSSL, in one piece and in many', () => {
  const bytes = randomBytes(400);
  for (let length = 0; length <= 200; length++) {
    const part = bytes.subarray(0, length);
    expect(new Sha256().update(part).hex(), `${length} bytes`).toBe(nodes(part));
  }
  for (let step = 1; step < 140; step += 3) {
    const hash = new Sha256();
    for (let at = 0; at < bytes.length; at += step) hash.update(bytes.subarray(at, at + step));
    expect(hash.hex(), `steps of ${step}`).toBe(nodes(bytes));
  }
  const long = randomBytes(200_003);
  expect(new Sha256().update(long).hex()).toBe(nodes(long));
});
