import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freeBytes } from './output-watch.ts';
import { RunLog } from './run-log.ts';

const MIB = 1024 ** 2;
let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'beamdeck-log-'));
  path = join(folder, 'log');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function print(log: RunLog, pieces: Iterable<string | Uint8Array>) {
  const stream = log.stream();
  for (const piece of pieces) stream.write(Buffer.from(piece as string));
  stream.end();
  log.close();
}

/** Numbered lines of 1 KiB. */
const lines = (count: number) => Array.from({ length: count }, (_, n) => `${`${n} `.padEnd(1023, '.')}\n`);

describe('RunLog', () => {
  it('keeps what it has room for byte for byte, NUL as a character that can be shown', () => {
    const printed = lines(3000);
    print(new RunLog(path, { maxBytes: 8 * MIB, freeBytes: 0 }), [...printed, 'a\0b']);
    expect(readFileSync(path, 'utf8')).toBe(`${printed.join('')}a\ufffdb`);
  });

  it('keeps the first part and the last words of what is longer, and says between them how much is missing', () => {
    const printed = lines(4096);
    const log = new RunLog(path, { maxBytes: MIB, freeBytes: 0 });
    print(log, printed);
    const missing = 4 * MIB - MIB - 256 * 1024;
    expect(readFileSync(path, 'utf8')).toBe(
      `${printed.slice(0, 1024).join('')}\n[${missing} bytes of the log are left out here: it grew beyond 1 MiB.]\n${printed.slice(-256).join('')}`,
    );
  });

  it('leaves out nothing of what is only a little longer', () => {
    const printed = lines(1100);
    print(new RunLog(path, { maxBytes: MIB, freeBytes: 0 }), printed);
    expect(readFileSync(path, 'utf8')).toBe(printed.join(''));
  });

  it('grows no more on a disk that is nearly full, and says so', () => {
    const log = new RunLog(path, { maxBytes: 64 * MIB, freeBytes: 2 * freeBytes(folder) });
    const printed = lines(1024);
    print(log, printed);
    const text = readFileSync(path, 'utf8');
    expect(text).toContain(
      `[${MIB - 256 * 1024} bytes of the log are left out here: the disk of the machine that runs jobs was nearly full.]`,
    );
    expect(text.endsWith(printed.slice(-256).join(''))).toBe(true);
    expect(log.sizeBytes).toBeLessThan(300 * 1024);
  });

  it.skipIf(!existsSync('/dev/full'))('lets a run go on whose disk takes not a byte', () => {
    const log = new RunLog('/dev/full', { maxBytes: 64 * MIB, freeBytes: 0 });
    expect(() => print(log, lines(100))).not.toThrow();
    expect(log.sizeBytes).toBe(0);
  });
});
