import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { codeOf, type ExperimentWorld, experimentWorld } from '../../../testing/experiment-world.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { audit } from '../../db/schema/index.ts';

let database: TestDatabase;
let w: ExperimentWorld;
let experimentId: string;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database?.drop());
beforeEach(async () => {
  w = await experimentWorld(database);
  experimentId = (await w.make('A')).id;
});

const list = async () =>
  (await w.samples.list(w.as('pi'), { experimentId })).map(({ name, parentName, protein, comment }) =>
    [name, parentName, protein, comment].join('|'),
  );
const write = (samples: Parameters<typeof w.samples.upsert>[1]['samples']) =>
  w.samples.upsert(w.as('pi'), { experimentId, samples });
const importText = (text: string, dryRun = false) =>
  w.samples.importCsv(w.as('pi'), { experimentId, text, dryRun });
const idOf = async (name: string) =>
  (await w.samples.list(w.as('pi'), { experimentId })).find((sample) => sample.name === name)!.id;

describe('parents of samples', () => {
  it('may be written in any order, and are taken away with null', async () => {
    await write([
      { name: 'crystal', parent: 'batch' },
      { name: 'batch', safety: 'toxic' },
    ]);
    expect(await list()).toEqual(['batch|||', 'crystal|batch||']);
    await write([{ name: 'crystal', comment: 'cracked' }]);
    expect(await list()).toEqual(['batch|||', 'crystal|batch||cracked']);
    await write([{ name: 'crystal', parent: null }]);
    expect(await list()).toEqual(['batch|||', 'crystal|||cracked']);
  });

  it('are in the same experiment, and no sample is made from itself', async () => {
    const other = (await w.make('B')).id;
    await w.samples.upsert(w.as('pi'), { experimentId: other, samples: [{ name: 'elsewhere' }] });
    expect(await codeOf(write([{ name: 'a', parent: 'elsewhere' }]))).toBe('BAD_INPUT');
    expect(await codeOf(write([{ name: 'a', parent: 'a' }]))).toBe('BAD_INPUT');
    await write([{ name: 'a' }, { name: 'b', parent: 'a' }, { name: 'c', parent: 'b' }]);
    expect(await codeOf(write([{ name: 'a', parent: 'c' }]))).toBe('BAD_INPUT');
    const edit = w.samples.edit(w.as('pi'), { sampleId: await idOf('a'), name: 'a2', parent: 'c' });
    expect(await codeOf(edit)).toBe('BAD_INPUT');
    expect(await list()).toEqual(['a|||', 'b|a||', 'c|b||']);
  });
});

describe('one sample', () => {
  it('is renamed and changed, never into another one’s name', async () => {
    await write([
      { name: 'a', protein: 'HEWL' },
      { name: 'b', parent: 'a' },
    ]);
    await w.samples.edit(w.as('pi'), { sampleId: await idOf('a'), name: 'batch', comment: 'x' });
    expect(await list()).toEqual(['b|batch||', 'batch||HEWL|x']);
    expect(await codeOf(w.samples.edit(w.as('pi'), { sampleId: await idOf('b'), name: 'batch' }))).toBe(
      'CONFLICT',
    );
    expect(await codeOf(w.samples.edit(w.as('outsider'), { sampleId: await idOf('b'), name: 'c' }))).toBe(
      'NOT_FOUND',
    );
  });

  it('is removed unless something hangs on it', async () => {
    await write([{ name: 'a' }, { name: 'b', parent: 'a' }]);
    expect(await codeOf(w.samples.remove(w.as('pi'), { sampleId: await idOf('a') }))).toBe('CONFLICT');
    await w.samples.remove(w.as('pi'), { sampleId: await idOf('b') });
    await w.samples.remove(w.as('pi'), { sampleId: await idOf('a') });
    expect(await list()).toEqual([]);
  });
});

describe('samples from a table', () => {
  it('are tried first, then added, updated or left as they are', async () => {
    await write([
      { name: 'a', protein: 'HEWL', comment: 'kept' },
      { name: 'b', protein: 'HEWL' },
    ]);
    const text = 'Sample;Acronym;Made from\na;HEWL;\nb;Thau;a\n"c;1";;b';
    const tried = await importText(text, true);
    expect(tried).toEqual({ applied: false, added: 1, updated: 1, unchanged: 1, faults: [], faultsInAll: 0 });
    expect(await list()).toEqual(['a||HEWL|kept', 'b||HEWL|']);
    expect(await importText(text)).toEqual({ ...tried, applied: true });
    expect(await list()).toEqual(['a||HEWL|kept', 'b|a|Thau|', 'c;1|b||']);
    expect(await importText(text)).toMatchObject({ applied: true, added: 0, updated: 0, unchanged: 3 });
    const rows = await w.db.select().from(audit).where(eq(audit.experimentId, experimentId));
    expect(rows.filter(({ action }) => action === 'sample.import')).toHaveLength(2);
  });

  it('with one wrong line are not written, and every wrong line is told', async () => {
    const text = [
      'name,protein,parent',
      'good,HEWL,',
      ',HEWL,',
      `long,${'x'.repeat(201)},`,
      `good,${'x'.repeat(201)},nowhere`,
      'child,,nobody',
      'x,x',
      'ring1,,ring2',
      'ring2,,ring1',
      'from-long,,long',
    ].join('\n');
    for (const dryRun of [true, false]) {
      const outcome = await importText(text, dryRun);
      expect(outcome.applied).toBe(false);
      expect(outcome.faults.map(({ line, column, message }) => `${line} ${column}: ${message}`)).toEqual([
        '3 name: A sample needs a name.',
        '4 protein: At most 200 characters.',
        '5 protein: At most 200 characters.',
        '5 name: “good” stands in line 2 already.',
        '6 parent: There is no sample “nobody” in this experiment.',
        '7 null: 2 cells where the heads are 3.',
        '8 parent: “ring1” would be made from itself.',
        '9 parent: “ring2” would be made from itself.',
      ]);
    }
    expect(await list()).toEqual([]);
  });

  it('are for Members alone', async () => {
    const input = { experimentId, text: 'name\na', dryRun: true };
    expect(await codeOf(w.samples.importCsv(w.as('outsider'), input))).toBe('NOT_FOUND');
  });
});
