import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { openApiDocument } from '#src/server/api/rest/openapi-document.ts';
import { ERROR_CODES } from '#src/shared/errors/app-error.ts';
import {
  EXPERIMENT_ACTIONS,
  EXPERIMENT_ROLES,
  FACILITY_ACTIONS,
  INSTRUMENT_ACTIONS,
  type Role,
  TEMPLATE_ACTIONS,
} from '#src/shared/permissions/permission-table.ts';
import { TOKEN_SCOPES } from '#src/shared/permissions/token-scopes.ts';

/** Documents that are made from the code, so that they cannot say something else. A test holds them equal. */
const GENERATED_NOTE = 'Generated from the code by `npm run docs`; do not edit.';

export function errorsDocument(): string {
  const rows = Object.entries(ERROR_CODES).map(
    ([code, { status, title }]) => `## ${code}\n\nHTTP status ${status}. ${title}\n`,
  );
  return `# Error codes\n\n${GENERATED_NOTE}\n\nEvery answer that is an error carries one of these codes, a sentence, and the id of the request.\nTexts of server errors (5xx) are masked; the log line with the same request id has the cause.\n\n${rows.join('\n')}`;
}

function scopeTable(): string {
  const body = Object.entries(TOKEN_SCOPES).map(
    ([scope, { actions, means }]) =>
      `| \`${scope}\` | ${means} | ${actions.map((action) => `\`${action}\``).join(', ')} |`,
  );
  const sentence =
    'A token may do what its scopes let through and the person who made it may do at that moment; nothing else.';
  return `## Access tokens\n\n${sentence}\n\n| scope | means | actions |\n|---|---|---|\n${body.join('\n')}\n`;
}

export function permissionsDocument(): string {
  const roles: readonly Role[] = ['reader', ...EXPERIMENT_ROLES, 'staff', 'admin'];
  const table = (title: string, actions: Record<string, { roles: readonly Role[]; means: string }>) => {
    const head = `| action | means | ${roles.join(' | ')} |\n|---|---|${roles.map(() => ':-:').join('|')}|`;
    const body = Object.entries(actions).map(
      ([action, row]) =>
        `| \`${action}\` | ${row.means} | ${roles.map((r) => (row.roles.includes(r) ? 'yes' : '·')).join(' | ')} |`,
    );
    return `## ${title}\n\n${head}\n${body.join('\n')}\n`;
  };
  return [
    `# Who may do what\n\n${GENERATED_NOTE}\n`,
    'Viewer ⊂ Member ⊂ Manager ⊂ Owner are roles in an experiment or a project. A reader is in a project that the experiment is linked to. Staff of an instrument and admins of a facility are separate and add nothing to each other. Who holds none of the roles is told that there is nothing (404).\n',
    table('In an experiment or a project', EXPERIMENT_ACTIONS),
    table('At an instrument', INSTRUMENT_ACTIONS),
    table('In a facility', FACILITY_ACTIONS),
    table('In a job template (reader: somebody it is shared with)', TEMPLATE_ACTIONS),
    scopeTable(),
  ].join('\n');
}

export const GENERATED_DOCUMENTS: Readonly<Record<string, () => string>> = {
  'docs/errors.md': errorsDocument,
  'docs/openapi.json': () => `${JSON.stringify(openApiDocument(), null, 2)}\n`,
  'docs/permissions.md': permissionsDocument,
};

const root = new URL('../', import.meta.url);
export const readDocument = (path: string) => readFileSync(new URL(path, root), 'utf8');

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const [path, make] of Object.entries(GENERATED_DOCUMENTS)) {
    writeFileSync(fileURLToPath(new URL(path, root)), make());
  }
}
