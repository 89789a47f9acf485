import { eq } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codeOf, type ExperimentWorld, experimentWorld } from '../../../testing/experiment-world.ts';
import { testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { audit, experiment, experimentNotice, facility } from '../../db/schema/index.ts';

let database: TestDatabase;
let w: ExperimentWorld;
const system = testContext();

// A database for each: a sweep counts what it does to all experiments.
beforeEach(async () => {
  database = await testDatabase();
  w = await experimentWorld(database);
});
afterEach(() => database?.drop());

const keepAt = async (iso: string) => {
  system.at(iso);
  return w.experiments.keepDates(system);
};
const windowOf = async (id: string) =>
  (await w.db.select().from(experiment).where(eq(experiment.id, id)))[0]?.processingUntil;

/** Finished on 1 May 2026 08:00 UTC, with a window of 30 days: until 31 May. */
async function finished() {
  await w.db.update(facility).set({ processingWindowDays: 30 }).where(eq(facility.id, w.facility.id));
  const { id } = await w.make('Planned');
  const staff = w.as('staff');
  staff.at('2026-05-01T08:00:00Z');
  await w.experiments.activate(staff, { experimentId: id });
  await w.experiments.finish(staff, { experimentId: id });
  return { id, staff };
}

describe('prolongation', () => {
  const until = new Date('2026-07-01T00:00:00Z');
  const asks = (id: string, who: 'pi' | 'outsider' | 'admin' = 'pi') => {
    const ctx = w.as(who);
    ctx.at('2026-05-20T00:00:00Z');
    return w.experiments.askProlongation(ctx, { experimentId: id, until, reason: 'phasing' });
  };
  const decider = (who: 'staff' | 'admin' | 'pi' | 'outsider') => {
    const ctx = w.as(who);
    ctx.at('2026-05-21T00:00:00Z');
    return ctx;
  };

  it('is asked by a Manager, waits for staff and admins without names, and is granted with a date', async () => {
    const { id } = await finished();
    await asks(id);
    expect(await codeOf(asks(id))).toBe('ALREADY_DONE');
    for (const who of ['staff', 'admin'] as const) {
      const [asked] = await w.experiments.prolongationsAsked(decider(who));
      expect(asked).toMatchObject({ experimentId: id, wantedUntil: until });
      expect(JSON.stringify(asked)).not.toMatch(/Planned|phasing|pi T/);
    }
    expect(await w.experiments.prolongationsAsked(decider('pi'))).toEqual([]);
    await w.experiments.prolong(decider('admin'), { experimentId: id, until });
    expect(await windowOf(id)).toEqual(until);
    const { prolongation } = await w.experiments.get(w.as('pi'), { experimentId: id });
    expect(prolongation).toMatchObject({ reason: 'phasing', grantedUntil: until });
    const actions = await w.db.select().from(audit).where(eq(audit.experimentId, id)).orderBy(audit.id);
    expect(actions.slice(-2).map(({ action }) => action)).toEqual([
      'experiment.askProlongation',
      'experiment.prolong',
    ]);
  });

  it('is refused with the reason, once, and can be asked for again', async () => {
    const { id } = await finished();
    await asks(id);
    const asked = (await w.experiments.get(w.as('pi'), { experimentId: id })).prolongation!;
    const refuse = (who: 'staff' | 'pi' | 'outsider') =>
      w.experiments.refuseProlongation(decider(who), { prolongationId: asked.id, why: 'no store left' });
    expect(await codeOf(refuse('outsider'))).toBe('NOT_FOUND');
    expect(await codeOf(refuse('pi'))).toBe('NOT_ALLOWED');
    await refuse('staff');
    expect(await codeOf(refuse('staff'))).toBe('ALREADY_DONE');
    const told = await w.experiments.get(w.as('pi'), { experimentId: id });
    expect(told.prolongation).toMatchObject({ refusal: 'no store left', grantedUntil: null });
    await asks(id);
  });

  it('is announced anew for the new date', async () => {
    const { id } = await finished();
    await keepAt('2026-05-29T00:00:00Z');
    await w.experiments.prolong(decider('staff'), { experimentId: id, until });
    expect(await keepAt('2026-05-31T09:00:00Z')).toMatchObject({ closed: 0, announced: 0 });
    await keepAt('2026-06-29T00:00:00Z');
    const notices = await w.db
      .select()
      .from(experimentNotice)
      .where(eq(experimentNotice.experimentId, id))
      .orderBy(experimentNotice.due);
    expect(notices.map(({ kind, due }) => `${kind} ${due.toISOString().slice(0, 10)}`)).toEqual([
      'processing-ends-3d 2026-05-31',
      'processing-ends-3d 2026-07-01',
    ]);
  });

  it('never shortens, and needs a window', async () => {
    const { id, staff } = await finished();
    const to = (iso: string) =>
      w.experiments.prolong(decider('staff'), { experimentId: id, until: new Date(iso) });
    expect(await codeOf(to('2026-05-31T08:00:00Z'))).toBe('BAD_INPUT');
    expect(await codeOf(to('2029-05-31T08:00:00Z'))).toBe('BAD_INPUT');
    await w.experiments.reopen(staff, { experimentId: id });
    expect(await codeOf(to('2026-07-31T08:00:00Z'))).toBe('CONFLICT');
  });
});
