import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SHOTS } from '../e2e/shots/shot-list.ts';

const APP = join(import.meta.dirname, '..', 'src', 'app');

const pages = readdirSync(APP, { recursive: true, encoding: 'utf8' })
  .filter((file) => /(^|\/)page\.tsx$/.test(file))
  .map((file) => dirname(file));

describe('pictures of pages', () => {
  test('every page is pictured, and no picture is of a page that is gone', () => {
    expect(pages.length).toBeGreaterThan(20);
    expect([...new Set(SHOTS.map(({ page }) => page))].sort()).toEqual([...pages].sort());
  });

  test('no two pictures have the same name', () => {
    const names = SHOTS.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });
});
