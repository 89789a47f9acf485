import { expect, it } from 'vitest';
import type { StoredFile, StoreView } from '../judge/store-view.ts';
import { CALM_MS, Calm, isSameData } from './quiescence.ts';

type Status = NonNullable<StoreView['agents'][number]['status']>;

const BEGAN = Date.parse('2026-11-22T12:00:00Z');
const NOTHING: StoreView = {
  ...{ datasets: [], files: [], tables: [], otherKeys: [], reports: [], agents: [], objects: [] },
};

/** What is seen when the agent's last heartbeat was sent so long after the beginning, with so many files being hashed. */
function told(sentMs: number, hashing = 0): StoreView {
  const status = {
    sentAt: new Date(BEGAN + sentMs).toISOString(),
    queue: { files: hashing, bytes: 0 },
    detectors: [],
    folders: [{ name: 'landing', states: { hashing } }],
  };
  return { ...NOTHING, agents: [{ id: 'a', name: 'HUB', status: status as unknown as Status }] };
}

const file = (version: number, sha256: string) =>
  ({ id: 'f', version, sha256, storeKey: 'EXP26-AAAAA/raw/f.dat' }) as StoredFile;

it('rest is when nothing has waited for a while', () => {
  const calm = new Calm(BEGAN);
  expect(calm.waits(told(-1), BEGAN + 1000)).toEqual(['no heartbeat of HUB']);
  expect(calm.waits(told(1500), BEGAN + 2000)).not.toEqual([]);
  expect(calm.waits(told(2500, 1), BEGAN + 3000)).toContain('1 files wait at HUB');
  expect(calm.waits(told(3500), BEGAN + 4000)).not.toEqual([]);
  expect(calm.waits(told(5500), BEGAN + 4000 + CALM_MS - 1)).not.toEqual([]);
  expect(calm.waits(told(5500), BEGAN + 4000 + CALM_MS)).toEqual([]);
});

it('an agent that has said nothing meanwhile may have begun something', () => {
  const calm = new Calm(BEGAN);
  expect(calm.waits(told(500), BEGAN + 1000)).not.toEqual([]);
  expect(calm.waits(told(500), BEGAN + 1000 + CALM_MS)).toEqual(['no heartbeat of HUB']);
  expect(calm.waits(told(1500 + CALM_MS, 1), BEGAN + 2000 + CALM_MS)).toContain('1 files wait at HUB');
});

it('nothing that could not be seen counts as calm', () => {
  const calm = new Calm(BEGAN);
  expect(calm.waits(told(500), BEGAN + 1000)).not.toEqual([]);
  calm.broken();
  expect(calm.waits(told(CALM_MS), BEGAN + 1000 + CALM_MS)).not.toEqual([]);
});

it('a new version, and an object more, are other data; the order of rows and what agents say are not', () => {
  const [one, other] = [file(1, 'aa'), { ...file(1, 'bb'), id: 'g' }];
  const view = { ...NOTHING, files: [one, other], objects: ['k', 'l'] };
  expect(isSameData(view, { ...told(0), files: [other, one], objects: ['l', 'k'] })).toBe(true);
  expect(isSameData(view, { ...view, files: [file(2, 'cc'), other] })).toBe(false);
  expect(isSameData(view, { ...view, objects: ['k', 'l', 'm'] })).toBe(false);
});
