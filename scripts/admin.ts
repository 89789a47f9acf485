import { parseArgs } from 'node:util';
import { ConfigError } from '#src/server/config/config.ts';
import { createContainer } from '#src/server/container.ts';
import { isDatabaseAway } from '#src/server/db/database-away.ts';
import { systemContext } from '#src/server/domain/new-context.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import { scriptConfig } from './lib/script-config.ts';

/** `npm run admin -- create EMAIL [--name NAME]`, `npm run admin -- link EMAIL`: what an operator does from the shell. */

const HELP = `npm run admin -- create EMAIL [--name NAME]   makes an admin (and the facility, when there is none); prints a one-time link
npm run admin -- link EMAIL                   prints a one-time link for somebody who forgot the password
`;

function readCommand(): { verb: 'create' | 'link'; email: string; name?: string } | null {
  try {
    const { values, positionals } = parseArgs({
      options: { name: { type: 'string' } },
      allowPositionals: true,
    });
    const [verb, email, ...more] = positionals;
    if ((verb !== 'create' && verb !== 'link') || email === undefined || more.length > 0) return null;
    return { verb, email, name: values.name };
  } catch {
    return null; // an unknown option: the help says which there are
  }
}

async function main(): Promise<number> {
  const command = readCommand();
  if (!command) {
    process.stderr.write(HELP);
    return 1;
  }
  const container = createContainer(scriptConfig(), 'admin');
  try {
    const ctx = systemContext('admin-command');
    const { email, name } = command;
    const link =
      command.verb === 'create'
        ? await container.people.createAdminLink(ctx, { email, name })
        : await container.people.createOneTimeLink(ctx, { email });
    process.stdout.write(
      `Hand this address to ${email}; it works once, until ${link.expiresAt.toISOString()}:\n${link.url}\n`,
    );
    return 0;
  } finally {
    await container.close();
  }
}

function sentence(error: unknown): string {
  if (error instanceof ConfigError || error instanceof AppError) return error.message;
  if (isDatabaseAway(error)) return 'The database does not answer: start Beamdeck first.';
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && cause.code === '42P01')
    return 'The database has no tables yet: run npm run migrate first.';
  return cause instanceof Error ? cause.message : String(cause);
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`beamdeck: ${sentence(error)}\n`);
  process.exitCode = 1;
}
