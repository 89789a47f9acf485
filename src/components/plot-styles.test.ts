import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { PLOTLY_STYLE_IDS } from './plot-styles.ts';

it('stands in for every style element Plotly makes', () => {
  const bundle = readFileSync(createRequire(import.meta.url).resolve('plotly.js-dist-min'), 'utf8');
  const made = bundle.match(/createElement\("style"\)/g) ?? [];
  // One writes rules for an id ("plotly.js-style-" + "global"), the other is the style sheet of maps.
  expect(made).toHaveLength(PLOTLY_STYLE_IDS.length);
  expect(bundle).toContain('"plotly.js-style-"');
  expect(bundle).toMatch(new RegExp(`getElementById\\("${PLOTLY_STYLE_IDS[1]}"\\)`));
});
