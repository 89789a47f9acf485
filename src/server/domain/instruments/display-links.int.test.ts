import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMembersService } from '#src/server/domain/experiments/members.service.ts';
import { codeOf, type ExperimentWorld, experimentWorld } from '#src/testing/experiment-world.ts';
import { testContext } from '#src/testing/test-context.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { audit, displayLink } from '../../db/schema/index.ts';
import { type CockpitService, createCockpitService } from './cockpit.service.ts';

let database: TestDatabase;
let w: ExperimentWorld;
let cockpit: CockpitService;

beforeAll(async () => {
  database = await testDatabase();
  w = await experimentWorld(database);
  const members = createMembersService({ db: w.db, webUrl: 'https://b.example.org' });
  cockpit = createCockpitService({ db: w.db, members });
});
afterAll(() => database?.drop());

const nobody = () => testContext({ kind: 'anonymous' });
const make = (name: string) =>
  cockpit.makeDisplayLink(w.as('staff'), { instrumentId: w.instrument.id, name });
const wall = (key: string | null, ctx = nobody()) => cockpit.wall(ctx, { slug: w.instrument.slug, key });

it('a display link shows its instrument to whoever has it, is kept as a hash, and nothing more once revoked', async () => {
  const { displayLinkId, key } = await make('  Control room ');
  expect(await wall(key)).toMatchObject({ instrument: { slug: w.instrument.slug } });
  const [row] = await w.db.select().from(displayLink).where(eq(displayLink.id, displayLinkId));
  expect(JSON.stringify(row)).not.toContain(key);
  const [listed] = await cockpit.displayLinks(w.as('staff'), { instrumentId: w.instrument.id });
  expect(listed).toMatchObject({ displayLinkId, name: 'Control room', createdByName: 'staff AA' });
  expect(listed!.lastUsedAt).not.toBeNull();
  expect(JSON.stringify(listed)).not.toContain(key);

  await cockpit.revokeDisplayLink(w.as('staff'), { displayLinkId });
  expect(await codeOf(wall(key))).toBe('NOT_FOUND');
  expect(await codeOf(cockpit.revokeDisplayLink(w.as('staff'), { displayLinkId }))).toBe('ALREADY_DONE');
  expect(await cockpit.displayLinks(w.as('staff'), { instrumentId: w.instrument.id })).toEqual([]);
  const trail = await w.db.select().from(audit).where(eq(audit.entityId, displayLinkId));
  expect(trail.map(({ action }) => action)).toEqual(['displayLink.create', 'displayLink.revoke']);
  expect(JSON.stringify(trail)).not.toContain(key);
});

it('opens no other instrument, and a key of nothing none', async () => {
  const other = await experimentWorld(database);
  const { key } = await make('Hutch');
  const elsewhere = cockpit.wall(nobody(), { slug: other.instrument.slug, key });
  expect(await codeOf(elsewhere)).toBe('NOT_FOUND');
  expect(await codeOf(wall('x'.repeat(43)))).toBe('NOT_FOUND');
  // Nor does a key that is wrong fall back on who is signed in.
  expect(await codeOf(wall('x'.repeat(43), w.as('staff')))).toBe('NOT_FOUND');
});

it('is for staff where nobody brings a key, and made by them alone', async () => {
  await w.make('A');
  expect(await codeOf(wall(null))).toBe('NOT_SIGNED_IN');
  const asked = (name: Parameters<typeof w.as>[0]) => codeOf(wall(null, w.as(name)));
  expect(await asked('staff')).toBe('done');
  expect(await asked('pi')).toBe('NOT_ALLOWED');
  expect(await asked('admin')).toBe('NOT_ALLOWED');
  expect(await asked('outsider')).toBe('NOT_FOUND');
  const { displayLinkId } = await make('Kitchen');
  for (const [name, code] of [
    ['pi', 'NOT_FOUND'],
    ['admin', 'NOT_ALLOWED'],
  ] as const) {
    const of = { instrumentId: w.instrument.id };
    expect(await codeOf(cockpit.makeDisplayLink(w.as(name), { ...of, name: 'x' }))).toBe(code);
    expect(await codeOf(cockpit.displayLinks(w.as(name), of))).toBe(code);
    expect(await codeOf(cockpit.revokeDisplayLink(w.as(name), { displayLinkId }))).toBe(code);
  }
  expect(await codeOf(make('   '))).toBe('BAD_INPUT');
});
