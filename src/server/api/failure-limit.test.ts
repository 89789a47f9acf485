import { describe, expect, it } from 'vitest';
import { FailureLimit } from './failure-limit.ts';

describe('the limit of failures', () => {
  it('lets a caller wait until the oldest failure that counts has left the window, and nobody else', () => {
    const limit = new FailureLimit({ failures: 3, windowMs: 10_000 });
    for (const atMs of [0, 1000, 2000]) {
      expect(() => limit.assertMayTry('a', atMs)).not.toThrow();
      limit.failed('a', atMs);
    }
    expect(() => limit.assertMayTry('a', 4000)).toThrow('Try again in 6 s.');
    expect(() => limit.assertMayTry('b', 4000)).not.toThrow();
    expect(() => limit.assertMayTry('a', 10_000)).not.toThrow();
    limit.failed('a', 10_000);
    expect(() => limit.assertMayTry('a', 10_500)).toThrow('Try again in 1 s.');
  });

  it('does not grow without bound', () => {
    const limit = new FailureLimit({ failures: 1, windowMs: 10_000 });
    for (let n = 0; n <= 10_000; n++) limit.failed(`caller ${n}`, 0);
    expect(() => limit.assertMayTry('caller 0', 0)).not.toThrow();
    expect(() => limit.assertMayTry('caller 1', 0)).toThrow();
  });
});
