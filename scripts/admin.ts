import { ConfigError } from '#src/server/config/config.ts';
import { createContainer } from '#src/server/container.ts';
import { isDatabaseAway } from '#src/server/db/database-away.ts';
import { systemContext } from '#src/server/domain/new-context.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import { ADMIN_HELP, parseAdminCommand } from './admin/command-line.ts';
import { runAdminCommand } from './admin/run-command.ts';
import { ClearFault } from './lib/clear-fault.ts';
import { scriptConfig } from './lib/script-config.ts';

/** `npm run admin -- …`: what an operator does from the shell; `npm run admin -- help` lists it. */

async function main(): Promise<void> {
  const command = parseAdminCommand(process.argv.slice(2));
  if (!command) {
    process.stdout.write(ADMIN_HELP);
    return;
  }
  const container = createContainer(scriptConfig(), 'admin');
  try {
    const told = await runAdminCommand(container, systemContext('admin-command'), command, process.cwd());
    process.stdout.write(`${told}\n`);
  } finally {
    await container.close();
  }
}

function sentence(error: unknown): string {
  if (error instanceof ConfigError || error instanceof AppError || error instanceof ClearFault)
    return error.message;
  if (isDatabaseAway(error)) return 'The database does not answer: start Beamdeck first.';
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && cause.code === '42P01')
    return 'The database has no tables yet: run npm run migrate first.';
  return cause instanceof Error ? cause.message : String(cause);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`beamdeck: ${sentence(error)}\n`);
  process.exitCode = 1;
}
