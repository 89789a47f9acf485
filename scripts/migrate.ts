import { ConfigError } from '#src/server/config/config.ts';
import { migrate } from '#src/server/db/migrate.ts';
import { scriptConfig } from './lib/script-config.ts';

/** `npm run migrate`: brings the database named by DATABASE_URL to this version. For real installations; `npm run up` does it itself. */
try {
  const { applied, passedOver } = await migrate(scriptConfig().databaseUrl);
  if (passedOver.length > 0)
    process.stdout.write(`An earlier run had passed over ${passedOver.join(', ')}: applied now.\n`);
  process.stdout.write(
    `The database is at this version${applied.length > 0 ? `: ${applied.length} migrations applied` : ''}.\n`,
  );
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    error instanceof ConfigError
      ? `${message}\n`
      : `beamdeck: the database could not be migrated: ${message}\n`,
  );
  process.exitCode = 1;
}
