import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../testing/test-database.ts';
import { applyMigrations } from './apply-migrations.ts';
import { withConnection } from './connection.ts';
import { migrate } from './migrate.ts';

let database: TestDatabase;
let folder: string;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database?.drop());
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'migrations-'));
  await withConnection(database.url, (client) =>
    client.query(
      'drop table if exists step; drop schema if exists drizzle cascade; create table step (name text)',
    ),
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Made {
  name: string;
  madeAtMs: number;
  sql?: string;
}
const statement = (name: string) => `insert into step values ('${name}')`;

function apply(...made: Made[]) {
  mkdirSync(path.join(folder, 'meta'), { recursive: true });
  const entries = made.map(({ name, madeAtMs }, idx) => ({
    idx,
    when: madeAtMs,
    tag: name,
    breakpoints: true,
  }));
  writeFileSync(path.join(folder, 'meta', '_journal.json'), JSON.stringify({ entries }));
  for (const { name, sql } of made) writeFileSync(path.join(folder, `${name}.sql`), sql ?? statement(name));
  return withConnection(database.url, (client) => applyMigrations(client, folder));
}
const steps = () =>
  withConnection(database.url, async (client) => {
    const { rows } = await client.query<{ name: string }>('select name from step');
    return rows.map(({ name }) => name);
  });

const [a, b, c] = [
  { name: '0000_a', madeAtMs: 100 },
  { name: '0001_b', madeAtMs: 200 },
  { name: '0002_c', madeAtMs: 300 },
];

it('applies what is missing in the order of the journal, and nothing twice', async () => {
  expect(await apply(a)).toEqual({ applied: ['0000_a'], passedOver: [] });
  expect(await apply(a, b, c)).toEqual({ applied: ['0001_b', '0002_c'], passedOver: [] });
  expect(await apply(a, b, c)).toEqual({ applied: [], passedOver: [] });
  expect(await steps()).toEqual(['0000_a', '0001_b', '0002_c']);
});

it('applies one that was made earlier beside a younger one and comes later, and says so', async () => {
  await apply(a, c);
  expect(await apply(a, b, c)).toEqual({ applied: ['0001_b'], passedOver: ['0001_b'] });
  expect(await apply(a, b, c)).toEqual({ applied: [], passedOver: [] });
  expect(await steps()).toEqual(['0000_a', '0002_c', '0001_b']);
});

it('knows one that was given another time by its text, and one whose comment was changed by its time', async () => {
  await apply(a, b);
  const renamed = { name: '0000_first', madeAtMs: 150, sql: statement('0000_a') };
  const commented = { ...b, sql: `-- Why.\n${statement('0001_b')}` };
  expect(await apply(renamed, commented)).toEqual({ applied: [], passedOver: [] });
  expect(await steps()).toEqual(['0000_a', '0001_b']);
});

it('leaves nothing of several when one cannot be applied, and names it', async () => {
  await apply(a);
  const wrong = { ...c, sql: 'insert into nowhere values (1)' };
  await expect(apply(a, b, wrong)).rejects.toThrow('0002_c: relation "nowhere" does not exist');
  expect(await steps()).toEqual(['0000_a']);
  expect(await apply(a, b, c)).toMatchObject({ applied: ['0001_b', '0002_c'] });
});

it('finds nothing to do in a database of this version', async () => {
  const fresh = await testDatabase();
  try {
    const both = await Promise.all([migrate(fresh.url), migrate(fresh.url)]);
    expect(both).toEqual([
      { applied: [], passedOver: [] },
      { applied: [], passedOver: [] },
    ]);
  } finally {
    await fresh.drop();
  }
});
