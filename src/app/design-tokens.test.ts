import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('./globals.css', import.meta.url), 'utf8');
const tokens = new Map(
  [...css.matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)].map(
    ([, name, day, night]) => [name!, { day: day!, night: night! }],
  ),
);

/** Relative luminance and contrast ratio: WCAG 2.2, definitions. */
function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}
function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high! + 0.05) / (low! + 0.05);
}
/** `share` of a colour laid over another, as the tinted backgrounds of badges are. */
const over = (top: string, share: number, ground: string): string =>
  `#${[1, 3, 5]
    .map((at) => {
      const mixed =
        Number.parseInt(top.slice(at, at + 2), 16) * share +
        Number.parseInt(ground.slice(at, at + 2), 16) * (1 - share);
      return Math.round(mixed).toString(16).padStart(2, '0');
    })
    .join('')}`;

const TEXTS = [
  'ink',
  'ink-soft',
  'ink-faint',
  'accent',
  'ok',
  'running',
  'queued',
  'warn',
  'failed',
  'muted',
];
const GROUNDS = ['ground', 'surface', 'raised', 'sunken', 'hover'];

describe.each(['day', 'night'] as const)('tokens by %s', (time) => {
  const at = (name: string) => tokens.get(name)![time];

  it.each(TEXTS)('%s reads on every ground (AA, 4.5:1)', (text) => {
    for (const ground of GROUNDS) {
      expect(contrast(at(text), at(ground)), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
  });

  it.each(['ok', 'running', 'queued', 'warn', 'failed'])('a badge of %s reads on its own tint', (tone) => {
    for (const ground of GROUNDS.slice(0, 3)) {
      const tint = over(at(tone), 0.08, at(ground));
      expect(contrast(at(tone), tint), `on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
  });

  it('buttons read, also hovered', () => {
    expect(contrast(at('on-accent'), at('accent-strong'))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(at('on-accent'), at('accent'))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(at('failed'), over(at('failed'), 0.2, at('raised')))).toBeGreaterThanOrEqual(4.5);
  });

  it('the focus ring is seen (3:1)', () => {
    for (const ground of GROUNDS) expect(contrast(at('focus'), at(ground))).toBeGreaterThanOrEqual(3);
  });
});
