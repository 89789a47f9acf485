import { ConfigError } from '#src/server/config/config.ts';
import { migrate } from '#src/server/db/migrate.ts';
import { scriptConfig } from './lib/script-config.ts';

/** `npm run migrate`: brings the database named by DATABASE_URL to this version. For real installations; `npm run up` does it itself. */
try {
  await migrate(scriptConfig().databaseUrl);
  process.stdout.write('The database is at this version.\n');
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    error instanceof ConfigError
      ? `${message}\n`
      : `beamdeck: the database could not be migrated: ${message}\n`,
  );
  process.exitCode = 1;
}
