import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf, experimentWorld } from '../../../testing/experiment-world.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database?.drop());

describe('the history of activations', () => {
  it('is read page by page, the newest first, with who switched; for staff', async () => {
    const w = await experimentWorld(database);
    const { id: instrumentId } = w.instrument;
    const staff = w.as('staff');
    const made = [await w.make('A'), await w.make('B'), await w.make('C')];
    for (const [index, { id }] of made.entries()) {
      staff.at(`2026-05-01T1${index}:00:00Z`);
      await w.experiments.activate(staff, { experimentId: id });
    }
    staff.at('2026-05-01T13:00:00Z');
    // Began and ended in the same moment: nothing was active in it.
    await w.experiments.activate(staff, { experimentId: made[0]!.id });
    await w.experiments.deactivate(staff, { instrumentId });

    const first = await w.instruments.activations(staff, { instrumentId, limit: 2 });
    expect(first.items).toMatchObject([
      { experiment: { title: 'C' }, startedAt: new Date('2026-05-01T12:00:00Z'), origin: 'web', site: null },
      { experiment: { title: 'B' }, endedAt: new Date('2026-05-01T12:00:00Z') },
    ]);
    expect(first.items[0]!.startedByName).toBe(first.items[0]!.endedByName);
    expect(first.items[0]!.startedByName).toMatch(/^staff/);
    const second = await w.instruments.activations(staff, {
      instrumentId,
      limit: 2,
      before: first.nextCursor,
    });
    expect(second.items.map(({ experiment }) => experiment.title)).toEqual(['A']);
    expect(second.nextCursor).toBeNull();
    expect(await codeOf(w.instruments.activations(w.as('pi'), { instrumentId }))).toBe('NOT_FOUND');
  });
});
