import { afterAll, beforeAll, expect, it } from 'vitest';
import { licence } from '#src/server/db/schema/index.ts';
import { type ExperimentWorld, experimentWorld } from '#src/testing/experiment-world.ts';
import { testContext } from '#src/testing/test-context.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { processingWindowDays } from './processing-window.ts';

let database: TestDatabase;
let w: ExperimentWorld;
const ctx = testContext();

beforeAll(async () => {
  database = await testDatabase();
  w = await experimentWorld(database);
});
afterAll(() => database?.drop());

const licensed = (
  days: number | null,
  from: string,
  until: string,
  ownerKind: 'facility' | 'user' = 'facility',
) =>
  w.db.insert(licence).values({
    id: ctx.newId(),
    facilityId: w.facility.id,
    ownerKind,
    personId: ownerKind === 'user' ? w.people.pi : null,
    name: 'Year',
    validFrom: new Date(from),
    validUntil: new Date(until),
    hotBytes: 0,
    archiveBytes: 0,
    processingWindowDays: days,
    createdAt: ctx.now(),
  });
const windowAt = (iso: string) => processingWindowDays(w.db, w.facility.id, new Date(iso));

it('is the facility’s default without a licence, and the longest of the facility’s licences valid at that moment', async () => {
  expect(await windowAt('2026-06-01T00:00:00Z')).toBe(90);
  await licensed(180, '2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z');
  await licensed(60, '2026-01-01T00:00:00Z', '2028-01-01T00:00:00Z');
  await licensed(null, '2026-01-01T00:00:00Z', '2029-01-01T00:00:00Z');
  await licensed(null, '2026-01-01T00:00:00Z', '2029-01-01T00:00:00Z', 'user');
  expect(await windowAt('2025-12-31T23:59:59Z')).toBe(90);
  expect(await windowAt('2026-01-01T00:00:00Z')).toBe(180);
  expect(await windowAt('2027-01-01T00:00:00Z')).toBe(60);
  expect(await windowAt('2028-06-01T00:00:00Z')).toBe(90);
});

it('refuses a facility that is not there', async () => {
  await expect(processingWindowDays(w.db, ctx.newId(), ctx.now())).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});
