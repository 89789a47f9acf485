import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HOUR_MS } from '#src/shared/model/accounting.ts';
import { codeOf, type ExperimentWorld, experimentWorld } from '#src/testing/experiment-world.ts';
import { testContext } from '#src/testing/test-context.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { createLabsService } from './labs.service.ts';
import { refund, reserve, settle } from './ledger.ts';
import { createLicencesService, type LicencesService } from './licences.service.ts';
import { createProfilesService } from './profiles.service.ts';
import { createStorageService } from './storage.ts';

let database: TestDatabase;
let licences: LicencesService;
let w: ExperimentWorld;
const ctx = testContext();

beforeAll(async () => {
  database = await testDatabase();
  licences = createLicencesService(database);
});
afterAll(() => database?.drop());
beforeEach(async () => {
  w = await experimentWorld(database);
});

type NewLicence = Parameters<LicencesService['create']>[1];
const wanted = (more: Partial<NewLicence> = {}): NewLicence => ({
  facilityId: w.facility.id,
  name: 'Beam time',
  owner: { kind: 'facility' },
  validFrom: new Date('2026-01-01T00:00:00Z'),
  validUntil: new Date('2099-01-01T00:00:00Z'),
  cpuMs: 10 * HOUR_MS,
  hotBytes: 0,
  archiveBytes: 0,
  processingWindowDays: null,
  ...more,
});
const make = (more?: Partial<NewLicence>) => licences.create(w.as('admin'), wanted(more));
const list = (more: Partial<Parameters<LicencesService['list']>[1]> = {}) =>
  licences.list(w.as('admin'), { facilityId: w.facility.id, ...more });
const hours = (licenceId: string, cpuMs: number, grantId = ctx.newId()) =>
  licences.grant(w.as('admin'), { licenceId, grantId, cpuMs, reason: 'test' });

describe('licences', () => {
  it('are owned by the facility, a lab or a person, and found by the names of both', async () => {
    const labs = createLabsService(database);
    const { labId } = await labs.create(w.as('admin'), { facilityId: w.facility.id, name: 'Hodgkin Lab' });
    await labs.addPerson(w.as('admin'), { labId, email: w.email('other') });
    await make();
    await make({ name: 'Group', owner: { kind: 'lab', labId } });
    await make({ name: 'Own', owner: { kind: 'user', email: w.email('pi') } });
    const names = async (more: Parameters<typeof list>[0]) =>
      (await list(more)).items.map(({ name, owner }) => `${name} of ${owner.kind} ${owner.name}`);
    expect(await names({})).toEqual([
      expect.stringMatching(/^Own of user pi/),
      'Group of lab Hodgkin Lab',
      'Beam time of facility Test Facility',
    ]);
    expect(await names({ search: 'hodgk' })).toHaveLength(1);
    expect(await names({ ownerKind: 'user' })).toHaveLength(1);
    expect((await labs.list(w.as('admin'), { facilityId: w.facility.id }))[0]?.people).toHaveLength(1);
  });

  it('refuse an end before the beginning, an owner that is not there, a window that is not the facility’s', async () => {
    expect(await codeOf(make({ validUntil: new Date('2025-01-01T00:00:00Z') }))).toBe('BAD_INPUT');
    expect(await codeOf(make({ owner: { kind: 'user', email: 'nobody@x.org' } }))).toBe('BAD_INPUT');
    const user = { kind: 'user' as const, email: w.email('pi') };
    expect(await codeOf(make({ owner: user, processingWindowDays: 10 }))).toBe('BAD_INPUT');
    const other = await experimentWorld(database);
    const { labId } = await createLabsService(database).create(other.as('admin'), {
      facilityId: other.facility.id,
      name: 'Theirs',
    });
    expect(await codeOf(make({ owner: { kind: 'lab', labId } }))).toBe('NOT_FOUND');
    expect((await list()).items).toEqual([]);
  });

  it('are extended once, though two admins press at the same time', async () => {
    const { licenceId } = await make();
    const extend = (until: string) =>
      licences.changeTerms(w.as('admin'), {
        licenceId,
        validUntil: new Date(until),
        hotBytes: 5,
        archiveBytes: 6,
        processingWindowDays: 7,
        expectedValidUntil: new Date('2099-01-01T00:00:00Z'),
      });
    const ends = await Promise.all([
      codeOf(extend('2100-01-01T00:00:00Z')),
      codeOf(extend('2101-01-01T00:00:00Z')),
    ]);
    expect(ends.sort()).toEqual(['CONFLICT', 'done']);
    expect((await list()).items[0]).toMatchObject({ hotBytes: 5, archiveBytes: 6, processingWindowDays: 7 });
  });

  it('take CPU hours once, however often they are sent, and give back what is free', async () => {
    const { licenceId } = await make();
    const grantId = ctx.newId();
    const sent = await Promise.all([1, 2, 3].map(() => codeOf(hours(licenceId, 5 * HOUR_MS, grantId))));
    expect(sent.sort()).toEqual(['ALREADY_DONE', 'ALREADY_DONE', 'done']);
    expect(await codeOf(hours(licenceId, -16 * HOUR_MS))).toBe('CONFLICT');
    await hours(licenceId, -15 * HOUR_MS);
    expect((await list()).items[0]).toMatchObject({ grantedCpuMs: 0 });
    expect(await codeOf(hours(licenceId, 0))).toBe('BAD_INPUT');
  });

  it('tell who used what, and when', async () => {
    const { licenceId } = await make();
    const at = testContext();
    const used = async (iso: string, personId: string | null, wallMs: number) => {
      at.at(iso);
      const run = { kind: 'job' as const, id: ctx.newId() };
      await database.db.transaction(async (tx) => {
        await reserve(tx, at, { licenceId, run, cpuMs: HOUR_MS, personId, experimentId: null });
        await settle(tx, at, { run, wallMs, priceMilli: 1000 });
      });
      return run;
    };
    // 23:30 UTC is the next day, and the next month, at the facility.
    await used('2026-10-31T23:30:00Z', w.people.pi, HOUR_MS);
    await used('2026-11-15T12:00:00Z', w.people.pi, 0.5 * HOUR_MS);
    await used('2026-12-01T12:00:00Z', null, 0.25 * HOUR_MS);
    const failed = await used('2026-12-02T12:00:00Z', w.people.other, HOUR_MS);
    await database.db.transaction((tx) => refund(tx, at, { run: failed, reason: 'store away' }));
    const use = await licences.use(w.as('admin'), { licenceId });
    expect(use.byMonth).toEqual([
      { month: '2026-11-01', settledCpuMs: 1.5 * HOUR_MS },
      { month: '2026-12-01', settledCpuMs: 0.25 * HOUR_MS },
    ]);
    expect(use.byPerson).toMatchObject([
      { person: { id: w.people.pi }, runs: 2, settledCpuMs: 1.5 * HOUR_MS, reservedCpuMs: 0 },
      { person: null, runs: 1, settledCpuMs: 0.25 * HOUR_MS },
      { person: { id: w.people.other }, runs: 1, settledCpuMs: 0 },
    ]);
    expect(use.newest[0]).toMatchObject({ kind: 'refund', reason: 'store away', cpuMs: HOUR_MS });
    expect(use.licence).toMatchObject({ settledCpuMs: 1.75 * HOUR_MS, reservedCpuMs: 0 });
  });

  it('are for admins of their facility alone', async () => {
    const { licenceId } = await make();
    const other = await experimentWorld(database);
    for (const ctxOf of [w.as('staff'), w.as('pi'), other.as('admin')]) {
      expect(await codeOf(licences.use(ctxOf, { licenceId }))).toBe('NOT_FOUND');
      expect(await codeOf(licences.create(ctxOf, wanted()))).toBe('NOT_FOUND');
    }
  });

  it('come page by page', async () => {
    for (let n = 0; n < 5; n++) await make({ name: `Licence ${n}` });
    const first = await list({ limit: 3 });
    const second = await list({ limit: 3, cursor: first.nextCursor });
    const names = [...first.items, ...second.items].map(({ name }) => name);
    expect(names).toEqual([4, 3, 2, 1, 0].map((n) => `Licence ${n}`));
    expect(second.nextCursor).toBeNull();
  });
});

describe('profiles', () => {
  it('cost one CPU hour per CPU and hour unless said otherwise, and are retired, not deleted', async () => {
    const profiles = createProfilesService(database);
    const admin = w.as('admin');
    const facilityId = w.facility.id;
    const size = { facilityId, name: 'Medium', cpus: 8, memoryBytes: 32e9, gpu: null, priceMilli: null };
    const { profileId } = await profiles.create(admin, size);
    expect(await codeOf(profiles.create(admin, { ...size, name: 'MEDIUM' }))).toBe('CONFLICT');
    await profiles.retire(admin, { profileId });
    expect(await codeOf(profiles.retire(admin, { profileId }))).toBe('ALREADY_DONE');
    await profiles.create(admin, { ...size, gpu: 'a100', priceMilli: 20_000 });
    const rows = await profiles.list(admin, { facilityId });
    expect(rows.map(({ priceMilli, retiredAt }) => [priceMilli, retiredAt !== null])).toEqual([
      [20_000, false],
      [8000, true],
    ]);
  });
});

describe('storage', () => {
  it('is held against the sum of the facility’s own licences that are valid now', async () => {
    const storage = () =>
      createStorageService({ db: database.db }).use(w.as('admin'), { facilityId: w.facility.id });
    expect(await storage()).toEqual({ hotBytes: 0, hotQuotaBytes: null, archiveQuotaBytes: null });
    await make({ hotBytes: 1e13, archiveBytes: 1 });
    await make({ hotBytes: 2e13, archiveBytes: 2 });
    await make({ hotBytes: 4e13, validUntil: new Date('2026-01-02T00:00:00Z') });
    await make({ hotBytes: 8e13, owner: { kind: 'user', email: w.email('pi') } });
    expect(await storage()).toEqual({ hotBytes: 0, hotQuotaBytes: 3e13, archiveQuotaBytes: 3 });
  });
});
