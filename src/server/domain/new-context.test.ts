import { afterEach, expect, it, vi } from 'vitest';
import { systemContext, uuidV7 } from './new-context.ts';

afterEach(() => void vi.useRealTimers());

it('writes the time, the version and the variant where RFC 9562 has them', () => {
  const id = uuidV7(0x017f22e279b0, new Uint8Array(16).fill(0xff));
  expect(id).toBe('017f22e2-79b0-7fff-bfff-ffffffffffff');
});

it('makes ids that rise within a millisecond, beyond its 4096, and while the clock is behind', () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1000 });
  const { newId } = systemContext('test');
  const ids = Array.from({ length: 10_000 }, newId);
  vi.setSystemTime(Date.now() - 60_000);
  ids.push(...Array.from({ length: 100 }, newId));
  expect(ids).toEqual([...new Set(ids)].toSorted());
});
