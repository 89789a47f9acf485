import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { triggerDraftSchema } from '#src/shared/model/trigger-rules.ts';
import { codeOf } from '#src/testing/experiment-world.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { ANY_INPUT_TEMPLATE, type TriggerWorld, triggerWorld } from '#src/testing/trigger-world.ts';
import { audit, experiment, facility, person, trigger } from '../../db/schema/index.ts';
import { triggersOf } from './triggers.service.ts';

let database: TestDatabase;
let storage: TestStore;
let w: TriggerWorld;
beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
});
beforeEach(async () => {
  w = await triggerWorld(database.db, storage);
});

const make = async (name: string) =>
  (await w.triggers.makeStrategy(w.as('staff'), { instrumentId: w.instrument.id, name, description: '' }))
    .strategyId;
const ofExperiment = () => w.triggers.ofExperiment(w.as('pi'), { experimentId: w.experiment.id });
const choose = (strategyId: string | null, who: 'pi' | 'staff' = 'pi') =>
  w.triggers.chooseStrategy(w.as(who), { experimentId: w.experiment.id, strategyId });

describe('a strategy', () => {
  it('counts for the experiments that chose it, the default for the others, from then on', async () => {
    const screening = await make('Screening');
    const usual = await w.addTrigger({ name: 'Usual' });
    const own = await w.addTrigger({ name: 'Own' }, screening);
    await w.measure();
    await w.work();
    await choose(screening);
    await w.measure();
    await w.work();
    await choose(null);
    await w.measure();
    await w.work();
    expect(await w.outcomes(usual)).toEqual(['started', 'started']);
    expect(await w.outcomes(own)).toEqual(['started']);
    await w.triggers.setDefault(w.as('staff'), { strategyId: screening });
    await w.measure();
    await w.work();
    expect(await w.outcomes(own)).toEqual(['started', 'started']);
    const trail = await w.db.select().from(audit).where(eq(audit.action, 'experiment.strategy'));
    expect(trail.map(({ detail }) => detail.name)).toEqual(['Screening', null]);
  });

  it('is chosen when an experiment is made, and when it is made active; what is none of the instrument is refused', async () => {
    const [screening, final] = [await make('Screening'), await make('Final')];
    const staff = w.as('staff');
    const [pi] = await w.db.select({ email: person.email }).from(person).where(eq(person.id, w.people.pi));
    const made = (strategyId: string | null) =>
      w.experiments.create(staff, {
        ...{ instrumentId: w.instrument.id, title: 'Next', keywords: [], proprietary: true },
        ...{ externalIds: [], piEmail: pi!.email, strategyId },
      });
    const { id } = await made(screening);
    const chosen = async () =>
      (await w.db.select().from(experiment).where(eq(experiment.id, id)))[0]!.strategyId;
    expect(await chosen()).toBe(screening);
    await w.experiments.activate(staff, { experimentId: id, strategyId: final });
    expect(await chosen()).toBe(final);
    await w.experiments.activate(staff, { experimentId: id });
    expect(await chosen()).toBe(final);
    expect(await codeOf(made(w.system.newId()))).toBe('NOT_FOUND');
  });

  it('that is removed leaves its experiments the default; the default itself stays', async () => {
    const screening = await make('Screening');
    const own = await w.addTrigger({}, screening);
    await choose(screening);
    await w.triggers.removeStrategy(w.as('staff'), { strategyId: screening });
    expect(await ofExperiment()).toMatchObject({ chosenId: null, strategy: { id: w.strategyId } });
    await w.measure();
    await w.work();
    expect(await w.outcomes(own)).toEqual([]);
    expect(await codeOf(choose(screening))).toBe('NOT_FOUND');
    expect(await codeOf(w.triggers.removeStrategy(w.as('staff'), { strategyId: w.strategyId }))).toBe(
      'CONFLICT',
    );
    // Its name is free again.
    await make('Screening');
    expect(await codeOf(make('Screening'))).toBe('CONFLICT');
  });

  it('two who make another the default at once leave exactly one', async () => {
    const ids = [await make('A'), await make('B'), await make('C')];
    await Promise.all(ids.map((strategyId) => w.triggers.setDefault(w.as('staff'), { strategyId })));
    const all = await w.triggers.strategies(w.as('staff'), { instrumentId: w.instrument.id });
    expect(all.filter(({ isDefault }) => isDefault)).toHaveLength(1);
  });
});

describe('an experiment has a trigger otherwise', () => {
  const override = (
    triggerId: string,
    enabled: boolean | null,
    parameters: Record<string, unknown> = {},
    who: 'pi' | 'staff' | 'stranger' = 'pi',
  ) => w.triggers.override(w.as(who), { experimentId: w.experiment.id, triggerId, enabled, parameters });

  it('on or off, whatever it is at the instrument, until it is taken back; the cockpit says so', async () => {
    const id = await w.addTrigger();
    await override(id, false);
    expect(await triggersOf(w.db, w.instrument.id)).toMatchObject([
      { enabled: true, setByExperiment: false },
    ]);
    await w.measure();
    await w.work();
    expect(await w.decided(id)).toMatchObject([
      { outcome: 'off', why: 'It is switched off for this experiment.' },
    ]);
    await w.triggers.setEnabled(w.as('staff'), { triggerId: id, enabled: false });
    await override(id, true);
    await w.measure();
    await w.work();
    await override(id, null);
    expect((await ofExperiment()).triggers).toMatchObject([{ isOn: false, override: null }]);
    await w.measure();
    await w.work();
    expect(await w.outcomes(id)).toEqual(['off', 'started', 'off']);
  });

  it('with other constants, one by one; what does not fit is refused with its name', async () => {
    const id = await w.addTrigger({
      ...{ template: ANY_INPUT_TEMPLATE.slug, parameters: { words: 'instrument', energy: 1 } },
    });
    await override(id, null, { words: 'experiment' });
    await w.measure();
    await w.work();
    expect(await w.startedBy(id)).toMatchObject([{ parameters: { words: 'experiment', energy: 1 } }]);
    await expect(override(id, null, { energy: 'much', colour: 'red' })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      details: { parameters: { energy: 'Energy must be a number.', colour: expect.any(String) } },
    });
  });

  it('by Managers of that experiment, and of no other strategy', async () => {
    const elsewhere = await w.addTrigger({}, await make('Screening'));
    const id = await w.addTrigger();
    expect(await codeOf(override(elsewhere, false))).toBe('NOT_FOUND');
    expect(await codeOf(override(id, false, {}, 'stranger'))).toBe('NOT_FOUND');
    await override(id, false, {}, 'staff');
  });
});

describe('a trigger is written', () => {
  it('with parameters that fit its template; faults are told by name', async () => {
    const wrong = w.addTrigger({ parameters: { sleepMs: 'long' }, taken: { nothing: 'energyEv' } });
    await expect(wrong).rejects.toMatchObject({
      code: 'BAD_INPUT',
      details: { parameters: { sleepMs: expect.any(String), nothing: expect.any(String) } },
    });
    expect(await codeOf(w.addTrigger({ event: 'experiment.finished' }))).toBe('BAD_INPUT');
    expect(await codeOf(w.addTrigger({ template: 'none-such' }))).toBe('NOT_FOUND');
    expect(await codeOf(w.addTrigger({ profileId: w.system.newId() }))).toBe('NOT_FOUND');
    expect(await codeOf(w.addTrigger({ licenceId: w.system.newId() }))).toBe('NOT_FOUND');
  });

  it('anew by one at a time: who read an older version is told so', async () => {
    const id = await w.addTrigger({ name: 'Quick' });
    const draft = triggerDraftSchema.parse({
      ...{ name: 'Slow', event: 'dataset.started', template: ANY_INPUT_TEMPLATE.slug },
    });
    const change = (version: number) =>
      w.triggers.changeTrigger(w.as('staff'), { triggerId: id, version, draft });
    await change(1);
    expect(await codeOf(change(1))).toBe('CONFLICT');
    const [row] = await w.db.select().from(trigger).where(eq(trigger.id, id));
    expect(row).toMatchObject({ name: 'Slow', event: 'dataset.started', version: 2 });
  });

  it('and removed: it fires no more, its line in the history stays', async () => {
    const id = await w.addTrigger({ name: 'Quick' });
    await w.measure();
    await w.work();
    await w.triggers.removeTrigger(w.as('staff'), { triggerId: id });
    await w.measure();
    await w.work();
    const { items } = await w.triggers.history(w.as('pi'), { experimentId: w.experiment.id, limit: 10 });
    expect(items.map((item) => [item.trigger.name, item.outcome])).toEqual([['Quick', 'started']]);
    await w.addTrigger({ name: 'Quick' });
  });
});

describe('the history', () => {
  it('is read page by page, by how it ended; of members that of their experiment', async () => {
    const id = await w.addTrigger({ debounceS: 3600 });
    for (let n = 0; n < 3; n++) await w.measure();
    await w.work();
    const asked = { experimentId: w.experiment.id, limit: 2 };
    const first = await w.triggers.history(w.as('pi'), asked);
    expect(first.items.map(({ outcome }) => outcome)).toEqual(['debounced', 'debounced']);
    const second = await w.triggers.history(w.as('pi'), { ...asked, cursor: first.nextCursor });
    expect(second).toMatchObject({ items: [{ outcome: 'started' }], nextCursor: null });
    expect(second.items[0]!.job?.id).toBe((await w.startedBy(id))[0]!.id);
    const started = await w.triggers.history(w.as('pi'), { ...asked, outcomes: ['started'] });
    expect(started.items).toHaveLength(1);
    expect(await codeOf(w.triggers.history(w.as('stranger'), asked))).toBe('NOT_FOUND');
  });

  it('of the instrument shows staff nothing of an experiment any more whose data they no longer see', async () => {
    await w.addTrigger();
    await w.measure();
    await w.work();
    const ofInstrument = async () =>
      (await w.triggers.history(w.as('staff'), { instrumentId: w.instrument.id, limit: 10 })).items.length;
    expect(await ofInstrument()).toBe(1);
    await w.experiments.finish(w.as('staff'), { experimentId: w.experiment.id });
    await w.db.update(facility).set({ staffAccessDays: 0 }).where(eq(facility.id, w.facility.id));
    expect(await ofInstrument()).toBe(0);
  });
});
