import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeOf, type ExperimentWorld, experimentWorld } from '../../../testing/experiment-world.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { createCockpitService } from '../instruments/cockpit.service.ts';

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

it('all of them are listed, its Owner first; the cockpit names the first few and counts the others', async () => {
  const members = await w.members.list(w.as('pi'), { experimentId });
  expect(members).toHaveLength(CROWD + 1);
  expect(members[0]!.role).toBe('owner');
  expect(members.slice(1, 3).map(({ name }) => name)).toEqual(['Crowd 00001', 'Crowd 00002']);
  const cockpit = createCockpitService({ db: database.db, members: w.members });
  const view = await cockpit.view(w.as('staff'), { slug: w.instrument.slug });
  expect(view.active!.people.total).toBe(CROWD + 1);
  expect(view.active!.people.members).toEqual(members.slice(0, 12));
  expect(JSON.stringify(view).length).toBeLessThan(20_000);
});

it('one of them is given a role and taken out like anybody', async () => {
  const { id: personId } = (await w.members.list(w.as('pi'), { experimentId }))[CROWD]!;
  const who = { experimentId, personId };
  await w.members.setRole(w.as('pi'), { ...who, role: 'manager' });
  const cockpit = createCockpitService({ db: database.db, members: w.members });
  const { active } = await cockpit.view(w.as('staff'), { slug: w.instrument.slug });
  expect(active!.people.members[1]).toMatchObject({ id: personId, role: 'manager' });
  await w.members.remove(w.as('pi'), who);
  expect(await codeOf(w.members.remove(w.as('pi'), who))).toBe('NOT_FOUND');
  expect(await w.members.list(w.as('pi'), { experimentId })).toHaveLength(CROWD);
});
