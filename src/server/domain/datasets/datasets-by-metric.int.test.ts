import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dataset } from '#src/server/db/schema/index.ts';
import { type IngestWorld, ingestWorld, LONG_AGO } from '#src/testing/ingest-world.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';

let database: TestDatabase;
let storage: TestStore;
let w: IngestWorld;
let experimentId: string;
/** In the order of measuring; null: no job told one, a text: something else of that name. */
const VALUES = [3, null, -2, 0.1 + 0.2, 'n/a', 3, 1e-9, 12_345_678.9];
const names = new Map<string, number>();

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
  w = await ingestWorld(database.db, storage.store);
  ({ id: experimentId } = await w.activate(LONG_AGO));
  for (const [number, value] of VALUES.entries()) {
    const { datasetId } = await w.ingest.openSeries(
      w.agentContext,
      w.series({ prefix: `lyso/run_${number}` }),
    );
    names.set(datasetId, number);
    const summary = (value === null ? {} : { 'hit rate': value }) as Record<string, number>;
    await w.db.update(dataset).set({ summary }).where(eq(dataset.id, datasetId));
  }
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
});

async function allPages(falls: boolean, limit: number, search?: string): Promise<number[]> {
  const seen: number[] = [];
  let cursor: string | null = null;
  do {
    const page = await w.datasets.listDatasets(w.as('pi'), {
      ...{ experimentId, sort: { metric: 'hit rate', falls }, cursor, limit },
      ...(search !== undefined && { search }),
    });
    expect(page.items.length).toBeGreaterThan(0);
    seen.push(...page.items.map(({ id }) => names.get(id)!));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return seen;
}

it.each([1, 2, 3, 100])(
  'gives datasets by a metric in pages of %i, each once, those without it last',
  async (limit) => {
    // Equal ones and those without the newest first.
    expect(await allPages(true, limit)).toEqual([7, 5, 0, 3, 6, 2, 4, 1]);
    expect(await allPages(false, limit)).toEqual([2, 6, 3, 5, 0, 7, 4, 1]);
  },
);

it('searches among them', async () => {
  expect(await allPages(true, 1, 'RUN_3')).toEqual([3]);
  expect(await allPages(true, 3, 'lyso-1')).toHaveLength(VALUES.length);
});

it('refuses a cursor that is not of this list', async () => {
  const sort = { metric: 'hit rate', falls: true };
  const id = [...names.keys()][0]!;
  for (const cursor of ['x', `1;2 ${id}`, `Infinity ${id}`, '1 x', `2026-11-22T00:00:00.000Z ${id}`]) {
    const asked = w.datasets.listDatasets(w.as('pi'), { experimentId, sort, cursor, limit: 2 });
    await expect(asked, cursor).rejects.toMatchObject({ code: 'BAD_INPUT' });
  }
});
