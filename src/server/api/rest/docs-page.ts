import { createHash } from 'node:crypto';
import { z } from 'zod';
import { REST_API_BASE } from '#src/shared/contracts/rest-api.ts';
import { TOKEN_SCOPES } from '#src/shared/permissions/token-scopes.ts';
import { type Operation, statusOf } from './operation.ts';
import { OPERATIONS } from './operations.ts';

const STYLE = `:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}
body{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.5rem;margin:0 0 .5rem}h2{font-size:1.1rem;margin:2rem 0 .5rem;text-transform:capitalize}
code,pre{font-family:ui-monospace,monospace;font-size:.87em}
details{border:1px solid #8884;border-radius:6px;margin:.4rem 0;padding:.5rem .75rem}
summary{cursor:pointer;overflow-wrap:anywhere}summary b{display:inline-block;min-width:4.2em}summary span{opacity:.75}
pre{overflow:auto;background:#8881;border-radius:6px;padding:.6rem}
table{border-collapse:collapse}td{padding:.15rem 1rem .15rem 0;vertical-align:top}`;

/** Nothing is loaded from anywhere, and no script runs; the style is known by its hash. */
export const DOCS_PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string) => text.replaceAll(/[&<>"]/g, (sign) => ESCAPES[sign]!);
const marked = (text: string) => escaped(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');

function schemaBlock(title: string, schema: z.ZodType | null | undefined, io: 'input' | 'output'): string {
  if (!schema) return '';
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' }) as Record<
    string,
    unknown
  >;
  return `<p>${title}</p><pre>${escaped(JSON.stringify(json, null, 2))}</pre>`;
}

function operationBlock(operation: Operation): string {
  const { method, path, scope, summary, description, query, body, answer, creates } = operation;
  const key = creates ? ' Takes an <code>Idempotency-Key</code>.' : '';
  return [
    `<details id="${operation.id}"><summary><b>${method}</b> <code>${escaped(REST_API_BASE + path)}</code><br><span>${marked(summary)}</span></summary>`,
    `<p>Scope <code>${scope}</code>; answers ${statusOf(operation)}.${key}</p>`,
    description ? `<p>${marked(description)}</p>` : '',
    schemaBlock('Parameters behind the question mark', query, 'input'),
    schemaBlock('Body', body, 'input'),
    schemaBlock('Answer', answer, 'output'),
    '</details>',
  ].join('\n');
}

/** A page that lists every operation, made of the same table as everything else. */
export function docsPage(): string {
  const chapters = [...new Set(OPERATIONS.map(({ id }) => id.split('.')[0]!))];
  const scopes = Object.entries(TOKEN_SCOPES).map(
    ([scope, { means }]) => `<tr><td><code>${scope}</code></td><td>${escaped(means)}</td></tr>`,
  );
  const body = chapters.map((chapter) => {
    const own = OPERATIONS.filter(({ id }) => id.startsWith(`${chapter}.`));
    return `<section><h2>${chapter}</h2>\n${own.map(operationBlock).join('\n')}</section>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Beamdeck API v1</title><style>${STYLE}</style></head>
<body><main><h1>Beamdeck API v1</h1>
<p>For programs, with an access token in <code>Authorization: Bearer bd_…</code>. The same as an
<a href="${REST_API_BASE}/openapi.json">OpenAPI 3.1 document</a>. Errors are <code>{ code, message, requestId, details? }</code>.</p>
<table>${scopes.join('')}</table>
${body.join('\n')}</main></body></html>
`;
}
