import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { audit, authSession, facilityAdmin, person } from '#src/server/db/schema/index.ts';
import { principalOfSession } from '#src/server/domain/people/sign-in.ts';
import { codeOf, type ExperimentWorld, experimentWorld } from '#src/testing/experiment-world.ts';
import { asPerson, testContext } from '#src/testing/test-context.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { createFacilitiesService, type FacilitiesService } from './facilities.service.ts';

let database: TestDatabase;
let facilities: FacilitiesService;
let w: ExperimentWorld;
const system = testContext();

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database?.drop());
beforeEach(async () => {
  w = await experimentWorld(database);
  facilities = createFacilitiesService({ db: database.db, instruments: w.instruments });
});

const here = () => ({ facilityId: w.facility.id });
const nameAdmin = (personId: string, facilityId = w.facility.id) =>
  w.db.insert(facilityAdmin).values({ facilityId, personId, createdAt: new Date() });

async function addPerson(name: string, email: string): Promise<string> {
  const id = system.newId();
  await w.db.insert(person).values({ id, email, name, createdAt: new Date() });
  return id;
}

async function signIn(personId: string): Promise<string> {
  const id = system.newId();
  const now = new Date();
  const expiresAt = new Date(now.getTime() + 3_600_000);
  await w.db.insert(authSession).values({ id, personId, createdAt: now, lastSeenAt: now, expiresAt });
  return id;
}

describe('the people of a facility', () => {
  it('come page by page by name, none twice and none left out, also of one name', async () => {
    for (let n = 0; n < 7; n++)
      await addPerson(n % 2 ? 'Éa Ümlaut' : 'éa ümlaut', `same${n}.${w.facility.code}@x.org`);
    const found: string[] = [];
    let cursor: { name: string; id: string } | null = null;
    do {
      const page: Awaited<ReturnType<typeof facilities.people>> = await facilities.people(w.as('admin'), {
        ...here(),
        cursor,
        limit: 3,
      });
      found.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    } while (cursor);
    const whole = await facilities.people(w.as('admin'), { ...here(), limit: 200 });
    expect(found).toEqual(whole.items.map(({ id }) => id));
    expect(new Set(found).size).toBe(found.length);
    expect(found.length).toBeGreaterThanOrEqual(12);
  });

  it('are found by a part of name or e-mail, in which % and _ mean themselves', async () => {
    const id = await addPerson('Ada 100%_sure', `ada.${w.facility.code}@x.org`);
    const found = async (search: string) =>
      (await facilities.people(w.as('admin'), { ...here(), search })).items.map((one) => one.id);
    expect(await found('0%_S')).toEqual([id]);
    expect(await found(`ADA.${w.facility.code}`)).toEqual([id]);
    expect(await found('%_%_%')).toEqual([]);
  });

  it('are shown with what they are here, and without what they measure', async () => {
    await w.make('Canary title');
    await signIn(w.people.staff);
    const { items } = await facilities.people(w.as('admin'), here());
    const one = (id: string) => items.find((row) => row.id === id);
    expect(one(w.people.staff)).toMatchObject({
      isAdmin: false,
      staffOf: [{ slug: w.instrument.slug, name: 'MX' }],
      lastSeenAt: expect.any(Date),
    });
    expect(one(w.people.pi)).toMatchObject({ experiments: 1, lastSeenAt: null, hasPassword: false });
    expect(one(w.people.admin)).toMatchObject({ isAdmin: true, staffOf: [] });
    expect(JSON.stringify(items)).not.toContain('Canary');
  });

  it('of another facility are not among them, nobody’s are', async () => {
    const before = w;
    await before.make('Ties the PI');
    const newcomer = await addPerson('New Comer', `new.${w.facility.code}@x.org`);
    w = await experimentWorld(database);
    const ids = (await facilities.people(w.as('admin'), { ...here(), limit: 200 })).items.map(({ id }) => id);
    for (const name of ['pi', 'staff', 'admin'] as const) expect(ids).not.toContain(before.people[name]);
    expect(ids).toContain(newcomer);
    const stranger = { ...here(), personId: before.people.pi, disabled: true };
    expect(await codeOf(facilities.setPersonDisabled(w.as('admin'), stranger))).toBe('NOT_FOUND');
  });
});

describe('shutting somebody out', () => {
  it('ends their sessions at once, is told in the audit, and can be undone', async () => {
    const sessionId = await signIn(w.people.pi);
    const input = { ...here(), personId: w.people.pi };
    await facilities.setPersonDisabled(w.as('admin'), { ...input, disabled: true });
    expect(await principalOfSession(w.db, sessionId, new Date())).toBeNull();
    expect(await codeOf(facilities.setPersonDisabled(w.as('admin'), { ...input, disabled: true }))).toBe(
      'ALREADY_DONE',
    );
    await facilities.setPersonDisabled(w.as('admin'), { ...input, disabled: false });
    // Back in, but not with the old session.
    expect(await principalOfSession(w.db, sessionId, new Date())).toBeNull();
    expect(await principalOfSession(w.db, await signIn(w.people.pi), new Date())).not.toBeNull();
    const told = await w.db.select().from(audit).where(eq(audit.entityId, w.people.pi));
    expect(told.map(({ action }) => action)).toEqual(['person.disable', 'person.enable']);
  });

  it('is not for oneself, nor for whom another facility knows too', async () => {
    const disable = (personId: string) =>
      codeOf(facilities.setPersonDisabled(w.as('admin'), { ...here(), personId, disabled: true }));
    expect(await disable(w.people.admin)).toBe('CONFLICT');
    const other = await experimentWorld(database);
    await nameAdmin(w.people.staff, other.facility.id);
    expect(await disable(w.people.staff)).toBe('CONFLICT');
  });

  it('leaves an admin who can sign in, also when two shut each other out at once', async () => {
    for (let n = 0; n < 10; n++) {
      const pair = [
        await addPerson('A', `a${n}.${w.facility.code}@x.org`),
        await addPerson('B', `b${n}.${w.facility.code}@x.org`),
      ];
      const own = await experimentWorld(database);
      await own.db.delete(facilityAdmin).where(eq(facilityAdmin.facilityId, own.facility.id));
      for (const id of pair) await nameAdmin(id, own.facility.id);
      const ends = await Promise.all(
        pair.map((id, index) =>
          codeOf(
            facilities.setPersonDisabled(testContext(asPerson(id)), {
              facilityId: own.facility.id,
              personId: pair[1 - index]!,
              disabled: true,
            }),
          ),
        ),
      );
      expect(ends.sort()).toEqual(['CONFLICT', 'done']);
    }
  });
});

describe('admins', () => {
  it('are named by e-mail, and the last one stays', async () => {
    const { people } = w;
    const remove = (personId: string) => facilities.removeAdmin(w.as('admin'), { ...here(), personId });
    expect(await codeOf(remove(people.admin))).toBe('CONFLICT');
    const nobody = { ...here(), email: 'nobody@x.org' };
    expect(await codeOf(facilities.addAdmin(w.as('admin'), nobody))).toBe('BAD_INPUT');
    await facilities.addAdmin(w.as('admin'), { ...here(), email: w.email('pi').toUpperCase() });
    await remove(people.admin);
    expect((await facilities.mine(w.as('pi'))).map(({ facilityId }) => facilityId)).toEqual([w.facility.id]);
    expect(await facilities.mine(w.as('admin'))).toEqual([]);
    // The former admin is a stranger from now on.
    expect(await codeOf(remove(people.pi))).toBe('NOT_FOUND');
  });
});

describe('instruments', () => {
  it('of another facility get no staff, whatever facility the caller names', async () => {
    const other = await experimentWorld(database);
    const input = { ...here(), instrumentId: other.instrument.id };
    const admin = w.as('admin');
    expect(await codeOf(facilities.addStaff(admin, { ...input, email: w.email('pi') }))).toBe('NOT_FOUND');
    const personId = other.people.staff;
    expect(await codeOf(w.instruments.removeStaff(admin, { ...input, personId }))).toBe('NOT_FOUND');
    const facts = { name: 'Taken over', description: '', promiseMs: 1000 };
    expect(await codeOf(facilities.changeInstrument(admin, { ...input, ...facts }))).toBe('NOT_FOUND');
  });

  it('are changed but for their slug, with what was before in the audit', async () => {
    const facts = { name: 'MX microfocus', description: 'Micro', promiseMs: 1500 };
    const input = { ...here(), instrumentId: w.instrument.id };
    await facilities.changeInstrument(w.as('admin'), { ...input, ...facts });
    await facilities.addStaff(w.as('admin'), { ...input, email: w.email('other') });
    const [row] = await facilities.instruments(w.as('admin'), here());
    expect(row).toMatchObject({ ...facts, slug: w.instrument.slug });
    expect(row!.staff.map(({ id }) => id).sort()).toEqual([w.people.other, w.people.staff].sort());
    const [told] = await w.db
      .select()
      .from(audit)
      .where(and(eq(audit.entityId, w.instrument.id), eq(audit.action, 'instrument.change')));
    expect(told!.detail).toEqual({ ...facts, before: { name: 'MX', promiseMs: 3000 } });
  });
});

describe('policies', () => {
  it('are the facility’s, and a licence goes before the default window', async () => {
    const admin = w.as('admin');
    await facilities.setPolicies(admin, { ...here(), staffAccessDays: 7, processingWindowDays: 45 });
    expect(await facilities.policies(admin, here())).toEqual({
      staffAccessDays: 7,
      processingWindowDays: 45,
      processingWindowDaysNow: 45,
    });
    expect(await codeOf(facilities.policies(w.as('staff'), here()))).toBe('NOT_FOUND');
  });
});
