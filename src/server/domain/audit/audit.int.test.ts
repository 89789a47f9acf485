import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit, facilityAdmin, person } from '#src/server/db/schema/index.ts';
import { recordAudit } from '#src/server/events/outbox.repository.ts';
import { codeOf, type ExperimentWorld, experimentWorld } from '#src/testing/experiment-world.ts';
import { asPerson, testContext } from '#src/testing/test-context.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type AuditService, createAuditService } from './audit.service.ts';

const CANARY = 'canarin';

let database: TestDatabase;
let trail: AuditService;
let here: ExperimentWorld;
let elsewhere: ExperimentWorld;
let experiment: { id: string; code: string };

beforeAll(async () => {
  database = await testDatabase();
  trail = createAuditService(database);
  here = await experimentWorld(database);
  experiment = await here.make(`Structure of ${CANARY}`);
  await here.samples.upsert(here.as('pi'), { experimentId: experiment.id, samples: [{ name: CANARY }] });
  await recordAudit(here.db, here.as('pi'), {
    action: 'file.download',
    entityKind: 'file',
    entityId: experiment.id,
    experimentId: experiment.id,
    detail: { path: `raw/${CANARY}_1_master.h5`, sizeBytes: 1 },
  });
});
afterAll(() => database?.drop());

const search = (more: Partial<Parameters<AuditService['search']>[1]> = {}, who = here.as('admin')) =>
  trail.search(who, { facilityId: here.facility.id, limit: 200, ...more });
const actions = async (...args: Parameters<typeof search>) =>
  (await search(...args)).items.map(({ action }) => action);

async function exported(who = here.as('admin')): Promise<string> {
  const pieces = await trail.openExport(who, { facilityId: here.facility.id });
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

describe('what an admin is shown', () => {
  it('is who did what when in which experiment, and no name of data', async () => {
    const { items } = await search();
    const made = items.find(({ action }) => action === 'experiment.create');
    expect(made).toMatchObject({
      who: { kind: 'person', id: here.people.staff, name: expect.stringContaining('staff') },
      experimentCode: experiment.code,
      detail: { code: experiment.code, owner: here.people.pi },
      withheld: 1,
    });
    expect(JSON.stringify(items)).not.toContain(CANARY);
    expect(await exported()).not.toContain(CANARY);
  });

  it('is all of it to an admin who is in the experiment', async () => {
    await here.db.insert(facilityAdmin).values({
      facilityId: here.facility.id,
      personId: here.people.pi,
      createdAt: new Date(),
    });
    const seen = JSON.stringify((await search({}, here.as('pi'))).items);
    expect(seen).toContain(CANARY);
    expect(await exported(here.as('pi'))).toContain(`raw/${CANARY}_1_master.h5`);
    await here.db.delete(facilityAdmin).where(eq(facilityAdmin.personId, here.people.pi));
  });
});

describe('the search', () => {
  it('finds by who, action, experiment and time', async () => {
    const all = await search();
    const ofPi = ['audit.export', 'file.download', 'sample.upsert'];
    expect(await actions({ who: 'PI ' })).toEqual(ofPi);
    expect(await actions({ who: here.email('pi') })).toEqual(ofPi);
    expect(await actions({ action: 'sample.upsert' })).toEqual(['sample.upsert']);
    const typed = experiment.code.toLowerCase().replace('-', '');
    expect(await actions({ experimentCode: typed })).toEqual([
      'file.download',
      'sample.upsert',
      'experiment.create',
    ]);
    const { at } = all.items.find(({ action }) => action === 'sample.upsert')!;
    expect(await actions({ from: at, until: new Date(at.getTime() + 1), who: 'pi' })).toContain(
      'sample.upsert',
    );
    expect(await actions({ until: at, who: 'pi' })).toEqual([]);
    expect(await actions({ who: 'nobody of this name' })).toEqual([]);
    // Whom it was done to is found too, and named.
    const { items } = await search({ who: 'staff' });
    const named = items.find(({ action }) => action === 'instrument.addStaff');
    expect(named).toMatchObject({ who: { kind: 'system' }, entityName: expect.stringContaining('staff') });
    expect(await actions({ experimentCode: `${experiment.code.slice(0, -5)}00000` })).toEqual([]);
    expect(await codeOf(search({ experimentCode: 'nonsense' }))).toBe('BAD_INPUT');
    // A wildcard means itself.
    expect(await actions({ who: '%' })).toEqual([]);
  });

  it('goes on behind the last row, without losing or repeating one', async () => {
    const whole = (await search()).items.map(({ id }) => id);
    const found: number[] = [];
    let cursor: number | null = null;
    do {
      const page: Awaited<ReturnType<typeof search>> = await search({ cursor, limit: 2 });
      found.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(found).toEqual(whole);
    expect(whole.length).toBeGreaterThan(4);
  });

  it('names every action there is, each once', async () => {
    const { rows } = await database.db.execute<{ action: string }>(
      sql`select distinct action from ${audit} order by action`,
    );
    const known = await trail.actions(here.as('admin'), { facilityId: here.facility.id });
    expect(known).toEqual(rows.map(({ action }) => action));
  });

  it('is for admins of the facility alone', async () => {
    for (const who of ['staff', 'pi', 'outsider'] as const) {
      expect(await codeOf(search({}, here.as(who)))).toBe('NOT_FOUND');
    }
  });
});

describe('two facilities in one installation', () => {
  it('see nothing of each other', async () => {
    elsewhere = await experimentWorld(database);
    const theirs = await elsewhere.make('Theirs');
    await recordAudit(database.db, testContext(asPerson(elsewhere.people.pi)), {
      action: 'session.opened',
      entityKind: 'person',
      entityId: elsewhere.people.pi,
    });
    const ours = await search();
    const own = new Set([here.facility.id, here.instrument.id, experiment.id, ...Object.values(here.people)]);
    for (const { entityId, experimentCode, detail } of ours.items) {
      const ids = [entityId, ...Object.values(detail)];
      expect(
        ids.some((id) => own.has(String(id))),
        JSON.stringify({ entityId, detail }),
      ).toBe(true);
      expect(experimentCode).not.toBe(theirs.code);
    }
    expect(ours.items.length).toBeGreaterThan(4);
    const their = await trail.search(elsewhere.as('admin'), { facilityId: elsewhere.facility.id });
    expect(their.items.map(({ action }) => action)).toContain('session.opened');
    expect(their.items.map(({ experimentCode }) => experimentCode)).not.toContain(experiment.code);
    expect(await codeOf(search({}, elsewhere.as('admin')))).toBe('NOT_FOUND');
  });
});

describe('the file that is taken away', () => {
  it('is RFC 4180, safe to open in a spreadsheet, and in the trail itself', async () => {
    const id = testContext().newId();
    await here.db.insert(person).values({
      id,
      email: 'formula@example.org',
      name: '=HYPERLINK("http://x"),"a"',
      createdAt: new Date(),
    });
    await recordAudit(here.db, testContext(asPerson(id)), {
      action: 'licence.change',
      entityKind: 'licence',
      entityId: null,
      detail: { facilityId: here.facility.id },
    });
    const lines = (await exported()).split('\r\n');
    expect(lines[0]).toMatch(/^at,who_kind,who_id,who,email,action,/);
    // Behind the row of this export itself.
    expect(lines[2]).toContain(`,"'=HYPERLINK(""http://x""),""a""",formula@example.org,licence.change,`);
    expect(lines.at(-1)).toBe('');
    expect(await actions({ action: 'audit.export' })).not.toEqual([]);
  });
});
