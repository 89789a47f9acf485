import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf, type ExperimentWorld, experimentWorld } from '../../../testing/experiment-world.ts';
import { testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import type { ExperimentSort, ListExperimentsInput } from './list-experiments.ts';

let database: TestDatabase;
let w: ExperimentWorld;
const made: Record<string, string> = {};

/** Title, keywords, planned days in May 2026 (from, to), state wanted. */
const ROWS = [
  { title: 'Lysozyme 100 %', keywords: ['SAD', 'test'], days: [1, 2] },
  { title: 'Щ-белок', keywords: ['фазы'], days: [3, 4] },
  { title: 'thaumatin', keywords: [], days: [5, 6] },
  { title: 'Insulin_1', keywords: ['soak'], days: [7, 8] },
  { title: 'insulinX1', keywords: [], days: null },
] as const;

beforeAll(async () => {
  database = await testDatabase();
  w = await experimentWorld(database);
  const staff = w.as('staff');
  for (const { title, keywords, days } of ROWS) {
    const day = (n: number) => new Date(Date.UTC(2026, 4, n));
    const view = await w.experiments.create(staff, {
      instrumentId: w.instrument.id,
      title,
      keywords: [...keywords],
      piEmail: w.email('pi'),
      plannedStart: days ? day(days[0]) : null,
      plannedEnd: days ? day(days[1]) : null,
      proprietary: true,
      externalIds: [],
    });
    made[title] = view.code;
    await w.experiments.activate(staff, { experimentId: view.id });
  }
  const { items } = await w.experiments.list(staff, { search: 'thaumatin' });
  await w.experiments.activate(staff, { experimentId: items[0]!.id });
  const { items: ended } = await w.experiments.list(staff, { search: 'insulin_1' });
  await w.experiments.finish(staff, { experimentId: ended[0]!.id });
});
afterAll(() => database?.drop());

const titles = async (input: ListExperimentsInput, who: 'pi' | 'staff' | 'outsider' = 'pi') =>
  (await w.experiments.list(w.as(who), input)).items.map(({ title }) => title);

describe('the list of experiments', () => {
  it('is searched by words in title, code, keywords and PI, in any script and case', async () => {
    expect(await titles({ search: 'lysozyme' })).toEqual(['Lysozyme 100 %']);
    expect(await titles({ search: 'sad lyso' })).toEqual(['Lysozyme 100 %']);
    expect(await titles({ search: 'sad thaumatin' })).toEqual([]);
    expect(await titles({ search: 'фаз' })).toEqual(['Щ-белок']);
    expect(await titles({ search: made['Щ-белок']!.replace('-', '').toLowerCase() })).toEqual(['Щ-белок']);
    expect(await titles({ search: made['Щ-белок']! })).toEqual(['Щ-белок']);
    expect(await titles({ search: 'pi' })).toHaveLength(ROWS.length);
    expect(await titles({ search: 'lysozyme' }, 'outsider')).toEqual([]);
  });

  it('takes signs of patterns as they stand', async () => {
    expect(await titles({ search: '100 %' })).toEqual(['Lysozyme 100 %']);
    expect(await titles({ search: '%%' })).toEqual([]);
    expect(await titles({ search: 'insulin_1' })).toEqual(['Insulin_1']);
    expect(await titles({ search: '\\' })).toEqual([]);
    expect(await codeOf(w.experiments.list(w.as('pi'), { search: 'a\u0000b' }))).toBe('done');
  });

  it('is narrowed by what is active, one’s own, and dates', async () => {
    expect(await titles({ active: true })).toEqual(['thaumatin']);
    expect(await titles({ mine: true }, 'staff')).toEqual([]);
    expect(await titles({ mine: true })).toHaveLength(ROWS.length);
    const within = { from: new Date(Date.UTC(2026, 4, 3, 12)), to: new Date(Date.UTC(2026, 4, 5, 12)) };
    // They were all activated today, which is when they began; none had before.
    expect(await titles({ to: within.to })).toEqual([]);
    expect((await titles({ from: within.from })).length).toBeGreaterThan(0);
  });

  it('is narrowed by states and by the instrument', async () => {
    const all = await titles({});
    expect(await titles({ states: ['processing'] })).toEqual(['Insulin_1']);
    expect(await titles({ states: ['running'] })).toEqual(all.filter((title) => title !== 'Insulin_1'));
    expect(await titles({ states: ['processing', 'running'] })).toEqual(all);
    expect(await titles({ states: ['preparation', 'closed'] })).toEqual([]);
    const { id: elsewhere } = await w.instruments.create(testContext(), {
      ...{ facilityId: w.facility.id, slug: `second-${w.instrument.slug}`, name: 'Second' },
      ...{ description: '', promiseMs: 3000 },
    });
    expect(await titles({ instrumentId: w.instrument.id })).toEqual(all);
    expect(await titles({ instrumentId: elsewhere })).toEqual([]);
  });

  it('pages through every order without losing or repeating one', async () => {
    const orders: Record<ExperimentSort, string[] | null> = {
      newest: ['thaumatin', 'insulinX1', 'Insulin_1', 'Щ-белок', 'Lysozyme 100 %'],
      title: null,
      pi: null,
      start: ['insulinX1', 'Insulin_1', 'thaumatin', 'Щ-белок', 'Lysozyme 100 %'],
    };
    for (const [sort, expected] of Object.entries(orders) as [ExperimentSort, string[] | null][]) {
      const whole = await titles({ sort });
      const paged: string[] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof w.experiments.list>> = await w.experiments.list(w.as('pi'), {
          sort,
          cursor,
          limit: 2,
        });
        paged.push(...page.items.map(({ title }) => title));
        cursor = page.nextCursor;
      } while (cursor);
      expect(paged).toEqual(whole);
      expect([...whole].sort()).toEqual(ROWS.map(({ title }) => title as string).sort());
      if (expected) expect(whole).toEqual(expected);
    }
  });

  it('refuses a cursor of another order, or of nothing', async () => {
    const { nextCursor } = await w.experiments.list(w.as('pi'), { limit: 2 });
    const list = (cursor: string) => codeOf(w.experiments.list(w.as('pi'), { sort: 'title', cursor }));
    expect(await list(nextCursor!)).toBe('BAD_INPUT');
    expect(await list('nonsense')).toBe('BAD_INPUT');
    const forged = Buffer.from(JSON.stringify(['start', 'now()', crypto.randomUUID()])).toString('base64url');
    expect(await codeOf(w.experiments.list(w.as('pi'), { sort: 'start', cursor: forged }))).toBe('BAD_INPUT');
  });

  it('finds words by the index', async () => {
    const plan = await w.db.transaction(async (tx) => {
      await tx.execute(sql`set local enable_seqscan = off`);
      return tx.execute<{ 'QUERY PLAN': string }>(
        sql`explain select 1 from experiment where search_text like '%lysozyme%'`,
      );
    });
    expect(plan.rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('Index Scan on experiment_search');
  });
});

describe('saved views', () => {
  it('are one’s own, replaced by name, and hold nothing but a query', async () => {
    const pi = w.as('pi');
    await w.experiments.saveView(pi, { name: 'Running', query: '?state=running' });
    const { id } = await w.experiments.saveView(pi, { name: 'Running', query: 'state=running&mine=true' });
    expect(await w.experiments.savedViews(pi)).toEqual([
      { id, name: 'Running', query: 'state=running&mine=true' },
    ]);
    expect(await w.experiments.savedViews(w.as('other'))).toEqual([]);
    expect(await codeOf(w.experiments.removeView(w.as('other'), { viewId: id }))).toBe('NOT_FOUND');
    await w.experiments.saveView(w.as('other'), { name: 'x', query: '//evil.example/?a=<b>' });
    const [odd] = await w.experiments.savedViews(w.as('other'));
    expect(odd!.query).toMatch(/^[\w%+.&=-]*$/);
    await w.experiments.removeView(pi, { viewId: id });
    expect(await w.experiments.savedViews(pi)).toEqual([]);
  });
});
