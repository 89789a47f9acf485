import { crc32c } from '@node-rs/crc32';
import { expect, it } from 'vitest';
import { GrowingFile } from './growing-file.ts';

const PART = 100;
const newFile = (changes: Partial<ConstructorParameters<typeof GrowingFile>[0]> = {}) =>
  new GrowingFile({
    clientId: 'c',
    localPath: '/x',
    partBytes: PART,
    sizeBytes: 0,
    settled: false,
    ...changes,
  });
const stored = (partNumber: number, sizeBytes = PART) => ({ partNumber, sizeBytes, crc32c: '00000000' });
const bytes = (length: number, seed = 1) => Uint8Array.from({ length }, (_, n) => (n * 31 + seed) & 255);

it('gives out whole parts while it grows, the rest when it is settled, part 1 last', () => {
  const file = newFile();
  file.grew(199);
  expect(file.takeReadyPart()).toBeNull();
  file.grew(350);
  expect([file.takeReadyPart(), file.takeReadyPart(), file.takeReadyPart()]).toEqual([2, 3, null]);
  file.settle(420);
  expect([file.takeReadyPart(), file.takeReadyPart(), file.takeReadyPart(), file.takeReadyPart()]).toEqual([
    4,
    5,
    1,
    null,
  ]);
  expect(file.partSize(5)).toBe(20);
  for (const part of [1, 2, 3, 4]) file.markStored(stored(part));
  expect(file.isStored).toBe(false);
  file.markStored(stored(5, 20));
  expect(file.isStored).toBe(true);
});

it('a small file is one part, sent when it is settled', () => {
  const file = newFile();
  file.grew(40);
  expect(file.takeReadyPart()).toBeNull();
  file.settle(40);
  expect([file.takeReadyPart(), file.takeReadyPart()]).toEqual([1, null]);
  expect(file.partSize(1)).toBe(40);
});

it('gives a part out again when it was given back, the head part too', () => {
  const file = newFile({ sizeBytes: 250, settled: true });
  const taken = [file.takeReadyPart(), file.takeReadyPart(), file.takeReadyPart()];
  expect(taken).toEqual([2, 3, 1]);
  file.giveBack(3);
  file.giveBack(1);
  expect([file.takeReadyPart(), file.takeReadyPart(), file.takeReadyPart()]).toEqual([3, 1, null]);
});

it('takes over what the journal knows as stored', () => {
  const file = newFile({ sizeBytes: 250, settled: true, stored: [stored(2)] });
  expect([file.takeReadyPart(), file.takeReadyPart(), file.takeReadyPart()]).toEqual([3, 1, null]);
});

it('knows the CRC of every part but the first as it arrived, whatever the pieces', () => {
  const content = bytes(437);
  const file = newFile();
  file.grew(30);
  for (let at = 30; at < content.length; ) {
    const count = Math.min(content.length - at, 1 + ((at * 7) % 160));
    file.appended(content.subarray(at, at + count), at + count);
    at += count;
  }
  file.settle(content.length);
  expect(file.arrivalCrc(1)).toBeUndefined();
  for (const part of [2, 3, 4, 5]) {
    expect(file.arrivalCrc(part)).toBe(crc32c(content.subarray((part - 1) * PART, part * PART)));
  }
});

it('does not claim a CRC for a part that a former process began', () => {
  const file = newFile({ sizeBytes: 150 });
  file.appended(bytes(100), 250);
  expect(file.arrivalCrc(2)).toBeUndefined();
  file.settle(250);
  expect(file.arrivalCrc(3)).toBe(crc32c(bytes(100).subarray(50)));
});

it('asks for signatures of the parts that come next, and of the head', () => {
  const file = newFile();
  file.grew(350);
  expect(file.takeReadyPart()).toBe(2);
  expect(file.upcoming(2, 4)).toEqual([2, 3, 4, 5]);
  expect(new Set(file.upcoming(2, 8)).size).toBe(file.upcoming(2, 8).length);
});

it('of a settled file no part is asked for that it does not have', () => {
  const small = newFile({ sizeBytes: 40, settled: true });
  expect(small.takeReadyPart()).toBe(1);
  expect(small.upcoming(1, 16)).toEqual([1]);
  const large = newFile({ sizeBytes: 350, settled: true });
  expect(large.upcoming(2, 16)).toEqual([2, 3, 4, 1]);
});
