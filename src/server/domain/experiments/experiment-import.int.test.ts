import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { codeOf, type ExperimentWorld, experimentWorld } from '../../../testing/experiment-world.ts';
import { testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { audit, experiment, outbox } from '../../db/schema/index.ts';

let database: TestDatabase;
let w: ExperimentWorld;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database?.drop());
beforeEach(async () => {
  w = await experimentWorld(database);
});

const importText = (text: string, dryRun = false, ctx = w.as('staff')) =>
  w.experiments.importCsv(ctx, { instrumentId: w.instrument.id, text, dryRun });
const stored = () =>
  w.db
    .select()
    .from(experiment)
    .where(eq(experiment.instrumentId, w.instrument.id))
    .orderBy(experiment.title);
const traces = async () =>
  (await w.db.select({ id: audit.id }).from(audit)).length +
  (await w.db.select({ seq: outbox.seq }).from(outbox)).length;

describe('experiments from a table', () => {
  it('are tried without a trace, then made, with the times of the facility', async () => {
    const text = [
      'Title;PI e-mail;Planned start;Planned end;Proprietary;Keywords',
      `Lysozyme;${w.email('pi')};2026-07-01 09:00;2026-07-02 09:00;no;"SAD, test"`,
      `Thaumatin;${w.email('other').toUpperCase()};2026-12-01T09:00:00Z;;;`,
    ].join('\n');
    const before = await traces();
    const tried = await importText(text, true);
    expect(tried).toEqual({
      applied: false,
      added: 2,
      updated: 0,
      unchanged: 0,
      faults: [],
      faultsInAll: 0,
      notes: [],
    });
    expect(await stored()).toEqual([]);
    expect(await traces()).toBe(before);

    expect(await importText(text)).toEqual({ ...tried, applied: true });
    const [lysozyme, thaumatin] = await stored();
    expect(lysozyme).toMatchObject({
      ...{ title: 'Lysozyme', state: 'preparation', proprietary: false, keywords: ['SAD', 'test'] },
      // 09:00 in Berlin, in summer.
      plannedStart: new Date('2026-07-01T07:00:00Z'),
      plannedEnd: new Date('2026-07-02T07:00:00Z'),
    });
    expect(thaumatin).toMatchObject({
      ...{ plannedStart: new Date('2026-12-01T09:00:00Z'), plannedEnd: null, proprietary: true },
    });
    const { items: members } = await w.members.list(testContext(), { experimentId: thaumatin!.id });
    expect(members).toMatchObject([{ id: w.people.other, role: 'owner' }]);
  });

  it('with a visit are the same experiment whenever they come; empty cells leave what is there', async () => {
    const head = 'title,pi,start,keywords,visit,proposal';
    const first = `${head}\nLysozyme,${w.email('pi')},2026-07-01 09:00,SAD,mx-1,p-7`;
    expect(await importText(first)).toMatchObject({ applied: true, added: 1 });
    expect(await importText(first)).toMatchObject({ applied: true, added: 0, updated: 0, unchanged: 1 });
    const second = `${head}\nLysozyme again,${w.email('pi')},,,mx-1,`;
    expect(await importText(second)).toMatchObject({ applied: true, added: 0, updated: 1 });
    const [row, ...others] = await stored();
    expect(others).toEqual([]);
    expect(row).toMatchObject({ title: 'Lysozyme again', keywords: ['SAD'] });
    expect(row!.plannedStart).toEqual(new Date('2026-07-01T07:00:00Z'));
    const detail = await w.experiments.get(w.as('staff'), { experimentId: row!.id });
    expect(detail.externalIds).toEqual([
      { kind: 'proposal', value: 'p-7' },
      { kind: 'visit', value: 'mx-1' },
    ]);
  });

  it('whose visit names another PI say, when they are tried, who stays Owner', async () => {
    const line = (pi: string) => `title,pi,visit\nLysozyme,${pi},mx-9`;
    expect((await importText(line(w.email('pi')))).notes).toEqual([]);
    const [made] = await stored();
    const replaced = line(w.email('other'));
    const told = new RegExp(
      `^other\\..* is shown as PI of ${made!.code}; pi\\..* stays its Owner until they hand the ownership over`,
    );
    const tried = await importText(replaced, true);
    expect(tried).toMatchObject({ applied: false, updated: 1, faults: [] });
    expect(tried.notes).toEqual([{ line: 2, message: expect.stringMatching(told) }]);
    expect((await importText(replaced)).notes).toEqual(tried.notes);
    expect((await importText(line('nobody@example.org'), true)).notes).toEqual([
      { line: 2, message: expect.stringContaining('nobody@example.org has no account that can be used') },
    ]);
  });

  it('with one wrong line are not written, and every wrong line is told', async () => {
    await w.make('There already');
    const text = [
      'title,pi,start,end,instrument,proprietary,visit,proposal',
      `Good,${w.email('pi')},,,,,,`,
      `,${w.email('pi')},,,,,,`,
      'No address,nobody,,,,,,',
      'No account,nobody@example.org,,,,,,',
      `Visit of nobody,nobody@example.org,,,,,mx-1,`,
      `When,${w.email('pi')},01.07.2026,,,,,`,
      `Backwards,${w.email('pi')},2026-07-02 09:00,2026-07-01 09:00,,,,`,
      `Where,${w.email('pi')},,,nowhere,,,`,
      `Whether,${w.email('pi')},,,,perhaps,,`,
      `There already,${w.email('pi')},,,,,,`,
      `Twice,${w.email('pi')},,,,,mx-2,`,
      `Twice,${w.email('pi')},,,,,mx-2,`,
      `Proposal alone,${w.email('pi')},,,,,,p-1`,
      'Short,x',
    ].join('\n');
    const before = await traces();
    const tried = await importText(text, true);
    expect(tried.faults.map(({ line, column }) => `${line} ${column}`)).toEqual([
      '3 title',
      '4 pi',
      '5 pi',
      '6 pi',
      '7 start',
      '8 end',
      '9 instrument',
      '10 proprietary',
      '11 title',
      '13 visit',
      '14 visit',
      '15 null',
    ]);
    expect(tried.faults[4]!.message).toBe(
      'Write date and time as 2026-11-21 14:30, on the clocks of Europe/Berlin.',
    );
    expect(await importText(text)).toEqual(tried);
    expect((await stored()).map(({ title }) => title)).toEqual(['There already']);
    expect(await traces()).toBe(before);
  });

  it('are told all faults of each line, and of very many how many there are', async () => {
    const pi = w.email('pi');
    const visits = 'title,pi,start,end,visit';
    await importText(`${visits}\nKnown,${pi},2026-07-01 09:00,2026-07-02 09:00,mx-1`);
    await w.make('There already');
    const text = [
      'title,pi,start,end,instrument,proprietary,keywords,visit,proposal',
      ',nobody,01.07.2026,2026-07-01,nowhere,perhaps,,,p-1',
      'There already,nobody@example.org,,,,perhaps,,,p-1',
      // Readable for itself, and against what is stored; and a word that is none.
      `Known,${pi},2026-07-03 09:00,,,perhaps,,mx-1,`,
      `Known again,${pi},2026-07-03 09:00,2026-07-02 09:00,,,${'x'.repeat(61)},mx-1,`,
      `New,${pi},,,,,,,`,
      `New,${pi},,,,perhaps,,,`,
    ].join('\n');
    const told = await importText(text, true);
    expect(told.faults.map(({ line, column }) => `${line} ${column}`)).toEqual([
      ...['2 title', '2 pi', '2 start', '2 end', '2 proprietary', '2 visit', '2 instrument'],
      ...['3 proprietary', '3 visit', '3 pi', '3 title'],
      ...['4 proprietary', '4 end'],
      ...['5 keywords', '5 end', '5 visit'],
      ...['7 proprietary', '7 title'],
    ]);
    expect(told.faultsInAll).toBe(18);
    expect(told.faults.at(-1)!.message).toBe('This title and start stand in line 6 already.');
    const many = await importText(`title,pi,end\n${',x,y\n'.repeat(100)}`, true);
    expect([many.faults.length, many.faultsInAll]).toEqual([200, 300]);
  });

  it('are for staff of the instruments they name', async () => {
    const text = `title,pi\nA,${w.email('pi')}`;
    expect(await codeOf(importText(text, true, w.as('pi')))).toBe('NOT_FOUND');
    expect(await codeOf(importText(text, true, w.as('admin')))).toBe('NOT_ALLOWED');
    const elsewhere = await experimentWorld(database);
    const strange = `title,pi,instrument\nA,${w.email('pi')},${elsewhere.instrument.slug}`;
    expect((await importText(strange, true)).faults).toMatchObject([{ line: 2, column: 'instrument' }]);
    const second = await w.instruments.create(testContext(), {
      ...{ facilityId: w.facility.id, slug: `second-${w.instrument.slug}`, name: 'Second' },
      ...{ description: '', promiseMs: 3000 },
    });
    const toSecond = `title,pi,instrument\nA,${w.email('pi')},SECOND`;
    expect(await importText(toSecond, true)).toMatchObject({ faults: [{ line: 2 }] });
    await w.instruments.addStaff(testContext(), {
      ...{ facilityId: w.facility.id, instrumentId: second.id, personId: w.people.staff },
    });
    expect(await importText(toSecond, true)).toMatchObject({ added: 1, faults: [] });
  });
});
