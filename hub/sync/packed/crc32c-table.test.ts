import { randomBytes } from 'node:crypto';
import { crc32c } from '@node-rs/crc32';
import { expect, it } from 'vitest';
import { crc32cByTable } from './crc32c-table.ts';

it('gives the numbers of RFC 3720, appendix B.4', () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, index) => index);
  expect(crc32cByTable(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32cByTable(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32cByTable(ascending)).toBe(0x46dd794e);
  expect(crc32cByTable(ascending.toReversed())).toBe(0x113fdb5c);
  expect(crc32cByTable(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32cByTable(new Uint8Array(0))).toBe(0);
});

it('gives the numbers of the native module for any length, in one go and in pieces', () => {
  for (let length = 0; length < 70; length++) {
    const bytes = randomBytes(length);
    const whole = crc32c(bytes);
    expect(crc32cByTable(bytes)).toBe(whole);
    const cut = Math.floor(length / 3);
    expect(crc32cByTable(bytes.subarray(cut), crc32cByTable(bytes.subarray(0, cut)))).toBe(whole);
  }
});
