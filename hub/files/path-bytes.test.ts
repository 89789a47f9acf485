import { describe, expect, it } from 'vitest';
import { cleanPrefix } from '#src/shared/model/store-path.ts';
import {
  bytesOf,
  distinctPath,
  pathBytes,
  pathBytesOfText,
  safePath,
  shownPath,
  textOf,
} from './path-bytes.ts';

describe('paths as bytes', () => {
  it('come back as they were, whatever they are', () => {
    const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    expect(bytesOf(pathBytes(every))).toEqual(every);
  });

  it('are shown as UTF-8, other bytes escaped', () => {
    expect(textOf(pathBytesOfText('Größe/数.cbf'))).toBe('Größe/数.cbf');
    expect(textOf(pathBytes(Buffer.from([0x61, 0xff, 0xc3, 0xbc, 0xc3])))).toBe('a\\xFFü\\xC3');
    expect(shownPath('a\nb')).toBe('a\\x0Ab');
  });

  it.each([
    ['run/lyso_1.cbf', 'run/lyso_1.cbf'],
    ['-rf/.x', '_rf/_x'],
    ['a b /c', 'a b/c'],
    ['a\\b', 'a_b'],
    [' /x', '_/x'],
    ['con.h5', '_con.h5'],
    ['a/b/c/d/e/f/g/h/i/j.cbf', 'a/b/c/d/e/f/g/h/i/j.cbf'],
  ])('%j is safe as %j', (path, safe) => {
    expect(safePath(pathBytesOfText(path))).toBe(safe);
  });

  it('a safe name stays what it is when it is cleaned again, also a long one', () => {
    for (const name of [
      `${'x'.repeat(250)}.cbf`,
      `${'数'.repeat(80)}.h5`,
      'a'.repeat(255),
      `.${'y'.repeat(200)}`,
    ]) {
      const safe = safePath(pathBytesOfText(name));
      expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(120);
      expect(cleanPrefix(safe).prefix).toBe(safe);
    }
    expect(safePath(`${'x'.repeat(250)}.cbf`)).toMatch(/_[0-9a-f]{8}\.cbf$/);
  });

  it('two names that are safe as one get two', () => {
    const [a, b] = ['run/a?.cbf', 'run/a*.cbf'];
    expect(safePath(a!)).toBe(safePath(b!));
    expect(distinctPath(a!)).not.toBe(distinctPath(b!));
    expect(distinctPath(a!)).toMatch(/^run\/a__[0-9a-f]{8}\.cbf$/);
  });
});
