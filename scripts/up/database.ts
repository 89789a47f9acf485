import { withConnection } from '#src/server/db/connection.ts';
import { migrate } from '#src/server/db/migrate.ts';
import { ClearFault, requireSpace } from '../lib/clear-fault.ts';
import type { RunningPostgres } from '../lib/embedded-postgres.ts';
import type { CommonLog } from './common-log.ts';
import { type DataFolder, readJson, writePrivate } from './data-folder.ts';
import { currentVersion, type DataVersion, judgeVersion } from './data-version.ts';

const KEPT_COPIES = 3;
/** Working room beside the copy itself. */
const SPARE_BYTES = 200e6;

const databaseName = (url: string) => decodeURIComponent(new URL(url).pathname.slice(1));

function maintenanceUrl(url: string): string {
  const other = new URL(url);
  other.pathname = '/postgres';
  return other.href;
}

/** Name of the copy made before `version` opens a database: `beamdeck_before_0_2_0_20261120t140501`. */
export function copyName(name: string, version: string, at: Date): string {
  const time = at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').toLowerCase();
  return `${name.slice(0, 24)}_before_${version.replaceAll(/[^0-9a-z]/gi, '_')}_${time}`.toLowerCase();
}

/** Copies the database inside its server. Nobody else may be connected, which holds at this point of a start. */
async function copyDatabase(url: string, version: string, server: RunningPostgres | null): Promise<string> {
  const name = databaseName(url);
  const copy = copyName(name, version, new Date());
  return withConnection(maintenanceUrl(url), async (client) => {
    if (server) {
      const { rows } = await client.query<{ size: string }>('select pg_database_size($1) as size', [name]);
      await requireSpace(server.where, Number(rows[0]?.size ?? 0) + SPARE_BYTES);
    }
    await client.query(`create database "${copy}" template "${name}"`);
    const { rows: others } = await client.query<{ datname: string }>(
      'select datname from pg_database where starts_with(datname, $1)',
      [`${name.slice(0, 24)}_before_`],
    );
    // Names end with the time of the copy: the newest are kept.
    const byAge = others.map((row) => row.datname).sort((a, b) => a.slice(-15).localeCompare(b.slice(-15)));
    for (const old of byAge.slice(0, -KEPT_COPIES)) await client.query(`drop database "${old}"`);
    return copy;
  });
}

/**
 * Brings the database to this version: refuses data of a newer one, copies before it changes anything, migrates, notes the version. `server` is the
 * embedded server, or null for a database of somebody's own.
 */
export async function openDatabaseOfVersion(
  root: string,
  folder: DataFolder,
  url: string,
  server: RunningPostgres | null,
  log: CommonLog,
): Promise<void> {
  const ours = currentVersion(root);
  const found = await readJson<DataVersion>(folder.versionFile);
  if (judgeVersion(found, ours) === 'copy') {
    try {
      const copy = await copyDatabase(url, ours.version, server);
      log.info('database copied before the update', { copy });
    } catch (error) {
      if (error instanceof ClearFault) throw error;
      throw new ClearFault(
        `The database could not be copied before the update (${error instanceof Error ? error.message : String(error)}), so nothing was changed. ` +
          'Make a copy yourself with pg_dump, then run npm run migrate and start again.',
        { cause: error },
      );
    }
  }
  try {
    const { passedOver } = await migrate(url);
    if (passedOver.length > 0)
      log.info('migrations that an earlier start had passed over are applied', { passedOver });
  } catch (error) {
    throw new ClearFault(
      `The database could not be migrated: ${error instanceof Error ? error.message : String(error)}. It is as it was before this step; ` +
        'report this with the message.',
      { cause: error },
    );
  }
  await writePrivate(folder.versionFile, `${JSON.stringify(ours, null, 2)}\n`);
}
