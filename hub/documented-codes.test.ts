import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

test('every code in the table of docs/hub.md is one the HUB reports', () => {
  const document = readFileSync(new URL('../docs/hub.md', import.meta.url), 'utf8');
  const table = document.slice(document.indexOf('## Codes in the cockpit'));
  const codes = [...table.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code!);
  expect(codes).toContain('state-folder-full');
  const sources = ['.', 'agent', 'files', 'local', 'stream'].flatMap((folder) =>
    readdirSync(path.join(import.meta.dirname, folder))
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => readFileSync(path.join(import.meta.dirname, folder, name), 'utf8')),
  );
  expect(codes.filter((code) => !sources.some((source) => source.includes(`'${code}'`)))).toEqual([]);
});
