import { describe, expect, it } from 'vitest';
import { compareVersions, judgeVersion } from './data-version.ts';

const version = (text: string, ...migrations: string[]) => ({ version: text, migrations });
const ours = version('0.2.0', '0000_a', '0001_b');

describe('version of the data', () => {
  it.each([
    ['0.2.0', '0.10.0', -1],
    ['1.0.0', '0.99.99', 1],
    ['1.2.3', '1.2.3-beta.1', 0],
  ])('compares %s with %s', (a, b, expected) => expect(compareVersions(a, b)).toBe(expected));

  it('opens new and equal data, copies older data first', () => {
    expect(judgeVersion(null, ours)).toBe('open');
    expect(judgeVersion(ours, ours)).toBe('open');
    expect(judgeVersion(version('0.1.0', '0000_a'), ours)).toBe('copy');
    expect(judgeVersion(version('0.2.0', '0000_a'), ours)).toBe('copy');
  });

  it('refuses data of a newer version, also by a migration it does not know', () => {
    expect(() => judgeVersion(version('0.3.0', '0000_a', '0001_b'), ours)).toThrow(
      /newer than this one \(0\.2\.0\)/,
    );
    expect(() => judgeVersion(version('0.2.0', '0000_a', '0001_b', '0002_c'), ours)).toThrow(/0002_c/);
  });
});
