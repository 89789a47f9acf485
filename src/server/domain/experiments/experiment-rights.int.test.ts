import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { codeOf, type ExperimentWorld, experimentWorld } from '../../../testing/experiment-world.ts';
import { testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { requireExperiment, requireInstrument, rolesIn } from './experiment.policy.ts';

let database: TestDatabase;
const system = testContext();

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database?.drop());

let w: ExperimentWorld;
beforeEach(async () => {
  w = await experimentWorld(database);
});

describe('who sees what', () => {
  it('a stranger and an admin get NOT_FOUND, a viewer is refused what viewers may not', async () => {
    const a = await w.make('A');
    for (const name of ['outsider', 'admin'] as const) {
      expect(await codeOf(requireExperiment(w.db, w.as(name), a.id, 'experiment.view'))).toBe('NOT_FOUND');
    }
    expect(await codeOf(requireExperiment(w.db, w.as('pi'), system.newId(), 'experiment.view'))).toBe(
      'NOT_FOUND',
    );
    expect(await codeOf(requireExperiment(w.db, w.as('pi'), 'no uuid', 'experiment.view'))).toBe('NOT_FOUND');
    const anonymous = testContext({ kind: 'anonymous' });
    expect(await codeOf(requireExperiment(w.db, anonymous, a.id, 'experiment.view'))).toBe('NOT_SIGNED_IN');
    await w.members.add(system, { experimentId: a.id, email: w.email('other'), role: 'viewer' });
    expect(await codeOf(requireExperiment(w.db, w.as('other'), a.id, 'experiment.view'))).toBe('done');
    expect(await codeOf(requireExperiment(w.db, w.as('other'), a.id, 'job.run'))).toBe('NOT_ALLOWED');
    expect(await codeOf(requireInstrument(w.db, w.as('other'), w.instrument.id, 'instrument.cockpit'))).toBe(
      'NOT_FOUND',
    );
    expect(await codeOf(requireInstrument(w.db, w.as('admin'), w.instrument.id, 'instrument.cockpit'))).toBe(
      'NOT_ALLOWED',
    );
  });

  it('staff of another instrument of the same facility are strangers', async () => {
    const a = await w.make('A');
    const second = await w.instruments.create(system, {
      facilityId: w.facility.id,
      slug: 'other-beamline',
      name: 'Other',
      description: '',
      promiseMs: 3000,
    });
    await w.instruments.addStaff(system, {
      facilityId: w.facility.id,
      instrumentId: second.id,
      personId: w.people.other,
    });
    expect(await codeOf(requireExperiment(w.db, w.as('other'), a.id, 'experiment.view'))).toBe('NOT_FOUND');
    expect((await w.experiments.list(w.as('other'), {})).items).toEqual([]);
  });

  it('staff access to a proprietary experiment lapses 30 days after its end, in lists too', async () => {
    const a = await w.make('A');
    const staff = w.as('staff');
    await w.experiments.activate(staff, { experimentId: a.id });
    const { finishedAt } = await w.experiments.finish(staff, { experimentId: a.id });
    const day = 24 * 3600 * 1000;
    staff.at(new Date(finishedAt.getTime() + 30 * day - 1000).toISOString());
    expect(await rolesIn(w.db, staff, a.id)).toEqual(['staff']);
    expect((await w.experiments.list(staff, {})).items).toHaveLength(1);
    staff.at(new Date(finishedAt.getTime() + 30 * day + 1000).toISOString());
    expect(await rolesIn(w.db, staff, a.id)).toEqual([]);
    expect((await w.experiments.list(staff, {})).items).toHaveLength(0);
    expect((await w.experiments.list(w.as('pi'), {})).items).toHaveLength(1);
  });

  it('lists in pages, newest first, and searches literally', async () => {
    for (const title of ['One', 'Two 100%', 'Three', 'Four']) await w.make(title);
    const pi = w.as('pi');
    const first = await w.experiments.list(pi, { limit: 3 });
    expect(first.items.map((item) => item.title)).toEqual(['Four', 'Three', 'Two 100%']);
    const rest = await w.experiments.list(pi, { limit: 3, cursor: first.nextCursor });
    expect(rest).toMatchObject({ items: [{ title: 'One' }], nextCursor: null });
    expect((await w.experiments.list(pi, { search: '%' })).items.map((i) => i.title)).toEqual(['Two 100%']);
    const code = first.items[0]!.code;
    const search = code.replace('-', '').toLowerCase();
    expect((await w.experiments.list(pi, { search })).items.map((i) => i.code)).toEqual([code]);
    expect((await w.experiments.list(w.as('outsider'), {})).items).toEqual([]);
  });
});

describe('members', () => {
  it('are put in by the system alone, and changed by managers, managers by the owner alone', async () => {
    const { id: experimentId } = await w.make('A');
    const [pi, other] = [w.as('pi'), w.as('other')];
    const add = (
      ctx: typeof pi,
      who: 'admin' | 'other' | 'outsider',
      role: 'viewer' | 'member' | 'manager',
    ) => codeOf(w.members.add(ctx, { experimentId, email: w.email(who), role }));
    expect(await add(pi, 'other', 'member')).toBe('NOT_ALLOWED');
    expect(await add(system, 'other', 'member')).toBe('done');
    expect(await add(system, 'other', 'member')).toBe('ALREADY_DONE');
    expect(await add(system, 'other', 'viewer')).toBe('CONFLICT');
    expect(await add(system, 'outsider', 'viewer')).toBe('done');
    expect(await add(system, 'admin', 'member')).toBe('done');
    const set = (ctx: typeof pi, who: 'pi' | 'other' | 'outsider', role: 'viewer' | 'member' | 'manager') =>
      codeOf(w.members.setRole(ctx, { experimentId, personId: w.people[who], role }));
    expect(await set(other, 'outsider', 'member')).toBe('NOT_ALLOWED');
    expect(await set(w.as('staff'), 'other', 'manager')).toBe('NOT_ALLOWED');
    expect(await set(pi, 'other', 'manager')).toBe('done');
    expect(await set(other, 'outsider', 'member')).toBe('done');
    expect(await set(pi, 'pi', 'viewer')).toBe('NOT_ALLOWED');
    const remove = (ctx: typeof pi, who: 'pi' | 'other' | 'outsider') =>
      codeOf(w.members.remove(ctx, { experimentId, personId: w.people[who] }));
    expect(await remove(w.as('staff'), 'other')).toBe('NOT_ALLOWED');
    expect(await remove(pi, 'pi')).toBe('CONFLICT');
    expect(await remove(w.as('outsider'), 'other')).toBe('NOT_ALLOWED');
    expect(await remove(w.as('outsider'), 'outsider')).toBe('done');
    expect(await remove(pi, 'other')).toBe('done');
    expect(await codeOf(w.experiments.get(other, { experimentId }))).toBe('NOT_FOUND');
  });
});

describe('samples', () => {
  it('are written by name and keep the fields that were not given', async () => {
    const { id: experimentId } = await w.make('A');
    const pi = w.as('pi');
    await w.samples.upsert(pi, {
      experimentId,
      samples: [{ name: 'lyso_1', protein: 'Lyso', position: '3' }, { name: 'lyso_2' }],
    });
    await w.samples.upsert(pi, { experimentId, samples: [{ name: 'lyso_1', comment: 'cracked' }] });
    expect(await w.samples.list(pi, { experimentId })).toMatchObject([
      { name: 'lyso_1', protein: 'Lyso', position: '3', comment: 'cracked', datasets: 0 },
      { name: 'lyso_2', protein: null },
    ]);
    expect(await codeOf(w.samples.upsert(w.as('outsider'), { experimentId, samples: [{ name: 'x' }] }))).toBe(
      'NOT_FOUND',
    );
  });
});

describe('instruments', () => {
  it('members see the instrument of their experiment, and the active one only when it is theirs', async () => {
    const a = await w.make('A');
    const b = await w.make('B');
    await w.members.add(system, { experimentId: a.id, email: w.email('other'), role: 'viewer' });
    await w.experiments.activate(w.as('staff'), { experimentId: b.id });
    expect(await w.instruments.listMine(w.as('staff'))).toMatchObject([
      { relation: 'staff', active: { id: b.id } },
    ]);
    expect(await w.instruments.listMine(w.as('other'))).toMatchObject([{ relation: 'member', active: null }]);
    expect(await w.instruments.listMine(w.as('outsider'))).toEqual([]);
    expect(await w.instruments.listMine(w.as('admin'))).toMatchObject([{ relation: 'admin', active: null }]);
  });
});
