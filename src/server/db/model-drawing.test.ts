import { readFileSync } from 'node:fs';
import { getTableName, is } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import { describe, expect, test } from 'vitest';
import * as schema from './schema/index.ts';

/** Holds the tables against the drawing of the whole model: nothing exists that is not drawn, nothing is drawn as existing that is not. */
const drawing = readFileSync(new URL('../../../docs/model.md', import.meta.url), 'utf8');
const diagrams = [...drawing.matchAll(/```mermaid\nerDiagram\n([\s\S]*?)```/g)].map((match) => match[1]!);
const lines = diagrams.join('\n').split('\n');

const relations = lines.flatMap((line) => {
  const match = /^\s*(\w+)\s+[|}o]{2}(?:--|\.\.)[|{o]{2}\s+(\w+)\s*:/.exec(line);
  return match ? [[match[1]!, match[2]!] as const] : [];
});
const boxes = new Map<string, { later: boolean; columns: string[] }>();
let open: { later: boolean; columns: string[] } | null = null;
for (const line of lines) {
  const head = /^\s*(\w+)(?:\["[^"]*?(\(later\))?"\])?\s*\{\s*$/.exec(line);
  if (head) {
    open = { later: head[2] !== undefined, columns: [] };
    boxes.set(head[1]!, open);
  } else if (/^\s*\}\s*$/.test(line)) open = null;
  else if (open) {
    const column = /^\s*\w+\s+(\w+)(?:\s+"([^"]*)")?/.exec(line);
    if (column && !column[2]?.startsWith('later')) open.columns.push(column[1]!);
  }
}
const tables = Object.values(schema).flatMap((value) => (is(value, PgTable) ? [getTableConfig(value)] : []));
const drawn = new Set([...boxes.keys(), ...relations.flat()]);

test('the drawing was read', () => {
  expect(diagrams.length).toBeGreaterThanOrEqual(4);
  expect(relations.length).toBeGreaterThan(40);
  expect(tables.length).toBeGreaterThan(15);
});

test('a box without "(later)" is a table, one with it is not', () => {
  const existing = new Set(tables.map((table) => table.name));
  const wrong = [...boxes].filter(([name, { later }]) => existing.has(name) === later).map(([name]) => name);
  expect(wrong).toEqual([]);
});

describe.each(tables.map((table) => [table.name, table] as const))('table %s', (name, table) => {
  test('is drawn', () => expect(drawn.has(name)).toBe(true));

  test('has every column its box names', () => {
    const columns = new Set(table.columns.map((column) => column.name));
    expect((boxes.get(name)?.columns ?? []).filter((column) => !columns.has(column))).toEqual([]);
  });

  test('has its references drawn as lines', () => {
    const missing = table.foreignKeys
      .map((key) => getTableName(key.reference().foreignTable))
      .filter(
        (other) => !relations.some(([a, b]) => (a === name && b === other) || (a === other && b === name)),
      );
    expect([...new Set(missing)]).toEqual([]);
  });
});
