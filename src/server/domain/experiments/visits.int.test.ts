import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { codeOf, type ExperimentWorld, experimentWorld } from '../../../testing/experiment-world.ts';
import { testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { audit, outbox, person } from '../../db/schema/index.ts';
import { upsertVisitSchema } from './visit.types.ts';

let database: TestDatabase;
let w: ExperimentWorld;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database?.drop());
beforeEach(async () => {
  w = await experimentWorld(database);
});

type Asked = Omit<Parameters<typeof upsertVisitSchema.parse>[0] & object, never>;
const tell = (changes: Asked = {}, who: 'staff' | 'pi' | 'outsider' = 'staff') =>
  w.experiments.upsertVisit(
    w.as(who),
    upsertVisitSchema.parse({
      ...{ instrumentId: w.instrument.id, visit: 'mx-2026-1-v1', proposal: 'mx-2026-1' },
      ...{ title: 'Lysozyme', pi: { id: 'p1', email: w.email('pi') } },
      ...changes,
    }),
  );
const rolesOf = async (experimentId: string) =>
  Object.fromEntries(
    (await w.members.list(testContext(), { experimentId })).items.map((member) => [member.id, member.role]),
  );

describe('a visit of a user office', () => {
  it('is made once, and told again changes nothing', async () => {
    const whole = {
      keywords: ['SAD'],
      people: [{ id: 'p2', email: w.email('other'), role: 'manager' }],
      samples: [
        { id: 's1', name: 'crystal', parent: 'batch' },
        { id: 's2', name: 'batch', protein: 'HEWL' },
      ],
    };
    const first = await tell(whole);
    expect(first).toMatchObject({
      experiment: 'created',
      people: [{ outcome: 'created' }],
      samples: [
        { name: 'crystal', outcome: 'created' },
        { name: 'batch', outcome: 'created' },
      ],
    });
    const written = await w.db.select().from(audit).where(eq(audit.experimentId, first.experimentId));
    const again = await tell(whole);
    expect(again).toMatchObject({
      experimentId: first.experimentId,
      experiment: 'unchanged',
      people: [{ outcome: 'unchanged' }],
      samples: [{ outcome: 'unchanged' }, { outcome: 'unchanged' }],
    });
    expect(await w.db.select().from(audit).where(eq(audit.experimentId, first.experimentId))).toHaveLength(
      written.length,
    );
    const { externalIds } = await w.experiments.get(w.as('pi'), { experimentId: first.experimentId });
    expect(externalIds).toEqual([
      { kind: 'proposal', value: 'mx-2026-1' },
      { kind: 'visit', value: 'mx-2026-1-v1' },
    ]);
  });

  it('told by two at once is one experiment; a second visit of the proposal is another', async () => {
    const both = await Promise.all([tell(), tell()]);
    expect(new Set(both.map(({ experimentId }) => experimentId)).size).toBe(1);
    expect(both.map(({ experiment }) => experiment).sort()).toEqual(['created', 'unchanged']);
    expect((await tell({ visit: 'mx-2026-1-v2' })).experiment).toBe('created');
  });

  it('is found in the list by its id and by that of its proposal, by those who see it', async () => {
    const [{ code: first }, { code: second }] = [await tell(), await tell({ visit: 'mx-2026-1-v2' })];
    const { code: own } = await w.experiments.create(w.as('staff'), {
      ...{ instrumentId: w.instrument.id, title: 'Made by hand', keywords: [], piEmail: w.email('pi') },
      ...{ proprietary: true, externalIds: [{ kind: 'proposal', value: 'mx-2026-2' }] },
    });
    const found = async (by: { visit?: string; proposal?: string }, who: 'pi' | 'outsider' = 'pi') =>
      (await w.experiments.list(w.as(who), by)).items.map(({ code }) => code);
    expect(await found({ visit: 'mx-2026-1-v1' })).toEqual([first]);
    expect(await found({ visit: 'mx-2026-1' })).toEqual([]);
    expect(await found({ proposal: 'mx-2026-1' })).toEqual([second, first]);
    expect(await found({ proposal: 'mx-2026-2' })).toEqual([own]);
    // Made by hand with visit and proposal: the proposal may be that of many.
    const madeFor = async (visit: string, proposal: string) => {
      const externalIds = [
        { kind: 'proposal' as const, value: proposal },
        { kind: 'visit' as const, value: visit },
      ];
      const facts = { instrumentId: w.instrument.id, title: 'x', keywords: [], piEmail: w.email('pi') };
      return w.experiments.create(w.as('staff'), { ...facts, proprietary: true, externalIds });
    };
    const [third, fourth] = [await madeFor('v3', 'mx-2026-3'), await madeFor('v4', 'mx-2026-3')];
    expect(await found({ proposal: 'mx-2026-3' })).toEqual([fourth.code, third.code]);
    expect((await tell({ visit: 'v3', proposal: 'mx-2026-3' })).code).toBe(third.code);
    expect(await codeOf(madeFor('v3', 'mx-2026-3'))).toBe('CONFLICT');
    expect(await found({ proposal: 'mx-2026-1', visit: 'mx-2026-1-v2' })).toEqual([second]);
    for (const by of [{ visit: 'mx-2026-1-v1' }, { proposal: 'mx-2026-1' }])
      expect(await found(by, 'outsider')).toEqual([]);
  });

  it('changes what differs alone', async () => {
    const { experimentId } = await tell({ keywords: ['SAD'], proprietary: false });
    expect((await tell({ title: 'Thaumatin' })).experiment).toBe('updated');
    expect(await w.experiments.get(w.as('pi'), { experimentId })).toMatchObject({
      title: 'Thaumatin',
      keywords: ['SAD'],
      proprietary: false,
      version: 2,
    });
  });

  it('says that the Owner stays when the PI is replaced there, until the ownership is handed over', async () => {
    const first = await tell();
    expect(first.pi).toBe('owner');
    const { experimentId } = first;
    const replaced = {
      pi: { id: 'p2', email: w.email('other') },
      people: [{ id: 'p2', email: w.email('other') }],
    };
    for (const experiment of ['updated', 'unchanged'])
      expect(await tell(replaced)).toMatchObject({ experiment, pi: 'owner-stays' });
    expect(await w.experiments.get(w.as('pi'), { experimentId })).toMatchObject({
      piName: expect.stringMatching(/^other/),
    });
    expect(await rolesOf(experimentId)).toEqual({ [w.people.pi]: 'owner', [w.people.other]: 'member' });
    expect((await tell({ pi: { email: 'nobody@example.org' } })).pi).toBe('no-account');
    const { offerId } = await w.members.offerOwnership(w.as('pi'), {
      experimentId,
      personId: w.people.other,
    });
    expect((await tell(replaced)).pi).toBe('owner-stays');
    await w.members.acceptOwnership(w.as('other'), { offerId });
    expect((await tell(replaced)).pi).toBe('owner');
  });

  it('is for staff of its instrument, and its PI needs an account', async () => {
    expect(await codeOf(tell({}, 'outsider'))).toBe('NOT_FOUND');
    expect(await codeOf(tell({ pi: { email: 'nobody@example.org' } }))).toBe('BAD_INPUT');
    const elsewhere = await w.instruments.create(testContext(), {
      facilityId: w.facility.id,
      ...{ slug: `${w.instrument.slug}-b`, name: 'B', description: '', promiseMs: 3000 },
    });
    await tell();
    const asSystem = upsertVisitSchema.parse({
      ...{ instrumentId: elsewhere.id, visit: 'mx-2026-1-v1', title: 'x', pi: { email: w.email('pi') } },
    });
    expect(await codeOf(w.experiments.upsertVisit(testContext(), asSystem))).toBe('CONFLICT');
  });
});

describe('people of a visit', () => {
  const named = (name: 'other' | 'outsider', role = 'member', id = name as string) => ({
    id,
    email: w.email(name),
    role,
  });

  it('lose access at once when they are withdrawn there; who was let in by hand stays', async () => {
    const { experimentId } = await tell({ people: [named('other')] });
    await w.members.add(testContext(), { experimentId, email: w.email('outsider'), role: 'viewer' });
    expect(await codeOf(w.experiments.get(w.as('other'), { experimentId }))).toBe('done');
    const { items: byOrigin } = await w.members.list(testContext(), { experimentId });
    expect(Object.fromEntries(byOrigin.map(({ id, origin }) => [id, origin]))).toEqual({
      [w.people.pi]: 'user-office',
      [w.people.other]: 'user-office',
      [w.people.outsider]: 'person',
    });
    const { people } = await tell({ people: [] });
    expect(people).toEqual([{ email: expect.stringMatching(/^other/), outcome: 'withdrawn' }]);
    expect(await codeOf(w.experiments.get(w.as('other'), { experimentId }))).toBe('NOT_FOUND');
    expect(await rolesOf(experimentId)).toEqual({ [w.people.pi]: 'owner', [w.people.outsider]: 'viewer' });
    const events = await w.db
      .select()
      .from(outbox)
      .where(eq(outbox.topic, `person:${w.people.other}`));
    expect(events.map(({ kind }) => kind)).toEqual(['member.changed', 'member.changed']);
  });

  it('has its PI say where they came from, and keeps them there after they handed the ownership over', async () => {
    const { experimentId } = await tell({ people: [named('other')] });
    const { offerId } = await w.members.offerOwnership(w.as('pi'), {
      experimentId,
      personId: w.people.other,
    });
    await w.members.acceptOwnership(w.as('other'), { offerId });
    for (const people of [[named('other')], [named('other'), { email: w.email('pi'), role: 'viewer' }]]) {
      expect(await tell({ people })).toMatchObject({ pi: 'owner-stays' });
      expect(await rolesOf(experimentId)).toEqual({ [w.people.pi]: 'manager', [w.people.other]: 'owner' });
    }
    // Replaced there and named no more, who came with the visit is out like anybody.
    const people = [named('other')];
    expect((await tell({ pi: { email: w.email('other') }, people })).people).toMatchObject([
      { outcome: 'unchanged' },
      { outcome: 'withdrawn' },
    ]);
    expect(await rolesOf(experimentId)).toEqual({ [w.people.other]: 'owner' });
  });

  it('are left alone when the visit says nothing of them', async () => {
    const { experimentId } = await tell({ people: [named('other')] });
    expect((await tell()).people).toEqual([]);
    expect(await rolesOf(experimentId)).toMatchObject({ [w.people.other]: 'member' });
  });

  it('change their role there only when they came from there, and never the Owner', async () => {
    const { experimentId } = await tell({ people: [named('other')] });
    await w.members.add(testContext(), { experimentId, email: w.email('outsider'), role: 'viewer' });
    const { people } = await tell({
      people: [
        named('other', 'manager'),
        named('outsider', 'manager'),
        { email: w.email('pi'), role: 'viewer' },
      ],
    });
    expect(people.map(({ outcome }) => outcome)).toEqual(['updated', 'unchanged', 'unchanged']);
    expect(await rolesOf(experimentId)).toEqual({
      [w.people.pi]: 'owner',
      [w.people.other]: 'manager',
      [w.people.outsider]: 'viewer',
    });
  });

  it('are known by their id there when the address changes', async () => {
    const { experimentId } = await tell({ people: [named('other')] });
    await w.db.update(person).set({ email: 'moved@example.org' }).where(eq(person.id, w.people.other));
    const { people } = await tell({ people: [named('other')] });
    expect(people.map(({ outcome }) => outcome)).toEqual(['unchanged']);
    expect(Object.keys(await rolesOf(experimentId))).toHaveLength(2);
  });
});

describe('samples of a visit', () => {
  it('are known by their id there when they are renamed, per visit, and never removed', async () => {
    const { experimentId } = await tell({ samples: [{ id: 's1', name: 'a' }] });
    const other = await tell({ visit: 'mx-2026-1-v2', samples: [{ id: 's1', name: 'a' }] });
    expect(other.samples).toEqual([{ name: 'a', outcome: 'created' }]);
    const renamed = await tell({ samples: [{ id: 's1', name: 'b', comment: 'x' }, { name: 'c' }] });
    expect(renamed.samples.map(({ outcome }) => outcome)).toEqual(['updated', 'created']);
    await tell({ samples: [] });
    const names = async (id: string) =>
      (await w.samples.list(w.as('pi'), { experimentId: id })).map(({ name }) => name);
    expect(await names(experimentId)).toEqual(['b', 'c']);
    expect(await names(other.experimentId)).toEqual(['a']);
  });

  it('with one that cannot be, change nothing of the whole visit', async () => {
    const { experimentId } = await tell();
    const wrong = { title: 'Changed', samples: [{ name: 'a', parent: 'nobody' }] };
    expect(await codeOf(tell(wrong))).toBe('BAD_INPUT');
    expect(await w.experiments.get(w.as('pi'), { experimentId })).toMatchObject({ title: 'Lysozyme' });
    expect(await codeOf(tell({ samples: [{ name: 'a' }, { name: 'a' }] }))).toBe('BAD_INPUT');
  });
});
