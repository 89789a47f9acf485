import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeOf, type ExperimentWorld, experimentWorld } from '../../../testing/experiment-world.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { membership } from '../../db/schema/index.ts';
import { createCockpitService } from '../instruments/cockpit.service.ts';
import type { MemberPage } from './members.service.ts';

/** An experiment of a whole community: 10,000 people beside its Owner. */
const CROWD = 10_000;

let database: TestDatabase;
let w: ExperimentWorld;
let experimentId: string;

beforeAll(async () => {
  database = await testDatabase();
  w = await experimentWorld(database);
  const made = await w.make('Community');
  experimentId = made.id;
  await w.experiments.activate(w.as('staff'), { experimentId });
  await database.db.execute(sql`
    with crowd as (
      insert into person (id, email, name, created_at)
      select gen_random_uuid(), 'crowd' || n || '@example.org', 'Crowd ' || lpad(n::text, 5, '0'), now()
      from generate_series(1, ${CROWD}::int) n returning id)
    insert into membership (experiment_id, person_id, role, created_at)
    select ${experimentId}::uuid, id, 'viewer', now() from crowd`);
});
afterAll(() => database?.drop());

/** Page after page, as the page and programs ask for them. */
async function everybody(search?: string): Promise<MemberPage['items']> {
  const items: MemberPage['items'] = [];
  let cursor: string | null = null;
  do {
    const page: MemberPage = await w.members.list(w.as('pi'), { experimentId, search, cursor, limit: 200 });
    expect(page.items.length).toBeLessThanOrEqual(200);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

it('all of them are listed page by page, its Owner first; the cockpit names the first few and counts the others', async () => {
  const members = await everybody();
  expect(new Set(members.map(({ id }) => id)).size).toBe(CROWD + 1);
  expect(members).toHaveLength(CROWD + 1);
  expect(members[0]!.role).toBe('owner');
  const first = await w.members.list(w.as('pi'), { experimentId });
  expect(first).toMatchObject({ total: CROWD + 1, found: CROWD + 1, items: members.slice(0, 100) });
  expect(members.slice(1, 3).map(({ name }) => name)).toEqual(['Crowd 00001', 'Crowd 00002']);
  const cockpit = createCockpitService({ db: database.db, members: w.members });
  const view = await cockpit.view(w.as('staff'), { slug: w.instrument.slug });
  expect(view.active!.people.total).toBe(CROWD + 1);
  expect(view.active!.people.members).toEqual(members.slice(0, 12));
  expect(JSON.stringify(view).length).toBeLessThan(20_000);
});

it('they are searched at the server, in names, addresses and roles, without case and literally', async () => {
  const found = async (search: string) =>
    w.members.list(w.as('pi'), { experimentId, search, limit: 50 }).then(({ items, found: n, total }) => {
      expect(total).toBe(CROWD + 1);
      return { n, first: items[0]?.name ?? null };
    });
  expect(await found(' cROWD 0123')).toEqual({ n: 10, first: 'Crowd 01230' });
  expect(await found('crowd9999@')).toEqual({ n: 1, first: 'Crowd 09999' });
  expect(await found('owner')).toMatchObject({ n: 1 });
  expect(await found('crowd_1')).toEqual({ n: 0, first: null });
  expect(await found('nobody%')).toEqual({ n: 0, first: null });
  const thousand = await everybody('crowd 01');
  expect(thousand.map(({ name }) => name)).toEqual(
    Array.from({ length: 1000 }, (_, n) => `Crowd 01${String(n).padStart(3, '0')}`),
  );
});

it('a list goes on behind somebody who left meanwhile, and a cursor of no list is refused', async () => {
  const asked = { experimentId, search: 'crowd 0777', limit: 3 };
  const { items, nextCursor } = await w.members.list(w.as('pi'), asked);
  await w.members.remove(w.as('pi'), { experimentId, personId: items[2]!.id });
  const next = await w.members.list(w.as('pi'), { ...asked, cursor: nextCursor });
  expect(next.items.map(({ name }) => name)).toEqual(['Crowd 07773', 'Crowd 07774', 'Crowd 07775']);
  const back = { experimentId, personId: items[2]!.id, role: 'viewer' as const, createdAt: new Date() };
  await database.db.insert(membership).values(back);
  const zero = Buffer.from(JSON.stringify([4, '\0', experimentId])).toString('base64url');
  for (const cursor of ['x', 'e30', zero, Buffer.from('[1,"a","b"]').toString('base64url')])
    expect(await codeOf(w.members.list(w.as('pi'), { experimentId, cursor }))).toBe('BAD_INPUT');
});

it('one of them is given a role and taken out like anybody', async () => {
  const { items } = await w.members.list(w.as('pi'), { experimentId, search: `Crowd ${CROWD}` });
  const personId = items[0]!.id;
  const who = { experimentId, personId };
  await w.members.setRole(w.as('pi'), { ...who, role: 'manager' });
  const cockpit = createCockpitService({ db: database.db, members: w.members });
  const { active } = await cockpit.view(w.as('staff'), { slug: w.instrument.slug });
  expect(active!.people.members[1]).toMatchObject({ id: personId, role: 'manager' });
  await w.members.remove(w.as('pi'), who);
  expect(await codeOf(w.members.remove(w.as('pi'), who))).toBe('NOT_FOUND');
  expect((await w.members.list(w.as('pi'), { experimentId })).total).toBe(CROWD);
});
