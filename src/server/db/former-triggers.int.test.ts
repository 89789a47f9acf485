import { randomBytes, randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, inject, it } from 'vitest';
import { applyMigrations } from './apply-migrations.ts';
import { withConnection } from './connection.ts';

const MIGRATIONS = path.join(import.meta.dirname, '../../../drizzle');
const SINCE = '0031_triggers';

/** The migrations before strategies came. */
function formerMigrations(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'migrations-'));
  cpSync(MIGRATIONS, folder, { recursive: true });
  const file = path.join(folder, 'meta', '_journal.json');
  const journal = JSON.parse(readFileSync(file, 'utf8')) as { entries: { tag: string }[] };
  const until = journal.entries.findIndex(({ tag }) => tag === SINCE);
  expect(until).toBeGreaterThan(0);
  writeFileSync(file, JSON.stringify({ ...journal, entries: journal.entries.slice(0, until) }));
  return folder;
}

it('triggers from before there were strategies stand in the default one of their instrument, and run what they ran', async () => {
  const serverUrl = inject('postgresUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const folder = formerMigrations();
  const [facility, mx, xas, none] = Array.from({ length: 4 }, () => randomUUID());
  const [shipped, written, owner] = Array.from({ length: 3 }, () => randomUUID());
  const [feedback, own, other] = Array.from({ length: 3 }, () => randomUUID());
  await withConnection(serverUrl, (admin) => admin.query(`create database ${name} template template0`));
  try {
    await withConnection(url.href, async (client) => {
      await applyMigrations(client, folder);
      await client.query(`
        insert into facility (id, code, name, time_zone, created_at) values ('${facility}', 'DEM', 'Demo', 'UTC', now());
        insert into instrument (id, facility_id, slug, name, created_at)
          select id::uuid, '${facility}', id, id, now() from unnest(array['${mx}', '${xas}', '${none}']) id;
        insert into person (id, email, name, created_at) values ('${owner}', 'a@example.org', 'A', now());
        insert into template (id, facility_id, owner_id, slug, version, created_at)
          values ('${written}', '${facility}', '${owner}', 'own', 1, now());
        insert into job_template (id, own_template_id, slug, version, name, description, entry, parameters, metrics, created_at) values
          ('${shipped}', null, 'fast-feedback', 1, 'Fast feedback', '', 'built-in:fast-feedback', '[]', '[]', now()),
          ('${written}', '${written}', 'own', 1, 'Own', '', 'script:bash', '[]', '[]', now());
        insert into trigger (id, instrument_id, name, event, template_id, parameters, enabled, created_at) values
          ('${feedback}', '${mx}', 'Fast feedback', 'dataset.finished', '${shipped}', '{"a": 1}', true, now()),
          ('${own}', '${mx}', 'Own', 'dataset.finished', '${written}', '{}', false, now()),
          ('${other}', '${xas}', 'Fast feedback', 'dataset.finished', '${shipped}', '{}', true, now())`);
      await applyMigrations(client, MIGRATIONS);
      const { rows } = await client.query(`
        select t.id, t.instrument_id, s.instrument_id as of_strategy, s.is_default, t.version_rule, t.enabled, t.parameters
        from trigger t join strategy s on s.id = t.strategy_id`);
      const standing = { is_default: true, version_rule: 'newest', enabled: true, parameters: {} };
      expect(rows).toHaveLength(3);
      expect(rows).toEqual(
        expect.arrayContaining([
          { ...standing, id: feedback, instrument_id: mx, of_strategy: mx, parameters: { a: 1 } },
          { ...standing, id: own, instrument_id: mx, of_strategy: mx, version_rule: 'fixed', enabled: false },
          { ...standing, id: other, instrument_id: xas, of_strategy: xas },
        ]),
      );
      const { rows: strategies } = await client.query('select count(*)::int as made from strategy');
      expect(strategies).toEqual([{ made: 2 }]);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await withConnection(serverUrl, (admin) => admin.query(`drop database if exists ${name} with (force)`));
  }
});
