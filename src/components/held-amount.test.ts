import { expect, it } from 'vitest';
import { amountWords, heldTotal } from './held-amount.ts';

const held = (files: number, bytes: number, since: string) =>
  ({ because: 'agent-off', experimentCode: null, files, bytes, since }) as const;

it('adds up what is held, since the oldest of it', () => {
  expect(heldTotal([])).toBeNull();
  expect(heldTotal([held(0, 0, '2026-11-21T10:00:00Z')])).toBeNull();
  const total = heldTotal([held(2, 500, '2026-11-21T12:00:00Z'), held(1, 700, '2026-11-21T11:00:00Z')]);
  expect(total).toEqual({ files: 3, bytes: 1200, since: new Date('2026-11-21T11:00:00Z') });
  expect(amountWords(total!)).toBe('3 files (1.2\u00a0kB)');
  expect(amountWords({ files: 1, bytes: 10 })).toBe('1 file (10\u00a0B)');
});
