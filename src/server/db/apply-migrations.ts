import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import type pg from 'pg';

/** Where drizzle's own migrator kept what it had applied, and this one goes on keeping it. */
const TABLE = 'drizzle.__drizzle_migrations';

/** Names of migrations, as of the files. */
export interface AppliedMigrations {
  applied: string[];
  /** Those of them that are older than one which the database had already: an earlier run passed them over. */
  passedOver: string[];
}

interface Migration {
  name: string;
  statements: readonly string[];
  hash: string;
  madeAtMs: number;
}

function migrationsOf(folder: string): Migration[] {
  const journal = JSON.parse(readFileSync(path.join(folder, 'meta', '_journal.json'), 'utf8')) as {
    entries: { tag: string }[];
  };
  return readMigrationFiles({ migrationsFolder: folder }).map(({ sql, hash, folderMillis }, index) => ({
    name: journal.entries[index]!.tag,
    ...{ statements: sql, hash, madeAtMs: folderMillis },
  }));
}

/**
 * Applies what of a folder of migrations the database does not have, in the order of its journal, all or none. Each is known by its time or its text:
 * drizzle's migrator compares with the youngest time alone, and so passes over for good what was made earlier beside it and comes later.
 */
export async function applyMigrations(client: pg.ClientBase, folder: string): Promise<AppliedMigrations> {
  await client.query('create schema if not exists drizzle');
  await client.query(
    `create table if not exists ${TABLE} (id serial primary key, hash text not null, created_at bigint)`,
  );
  const { rows } = await client.query<{ hash: string; created_at: string }>(
    `select hash, created_at from ${TABLE}`,
  );
  const hashes = new Set(rows.map(({ hash }) => hash));
  const times = new Set(rows.map(({ created_at }) => Number(created_at)));
  const missing = migrationsOf(folder).filter(
    ({ hash, madeAtMs }) => !hashes.has(hash) && !times.has(madeAtMs),
  );
  await client.query('begin');
  try {
    for (const { name, statements, hash, madeAtMs } of missing) {
      try {
        for (const statement of statements) await client.query(statement);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        throw new Error(`${name}: ${message}`, { cause: error });
      }
      await client.query(`insert into ${TABLE} (hash, created_at) values ($1, $2)`, [hash, madeAtMs]);
    }
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
  const youngest = Math.max(...times);
  return {
    applied: missing.map(({ name }) => name),
    passedOver: missing.filter(({ madeAtMs }) => madeAtMs < youngest).map(({ name }) => name),
  };
}
