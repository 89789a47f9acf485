import { describe, expect, it } from 'vitest';
import { formatMetric, inLine } from './format-metric.ts';

const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('a metric of a job', () => {
  it.each([
    [2, 'Å', 1.6, '1.60 Å'],
    [0, null, 12_345, '12,345'],
    [0, null, 246.5, '247'],
    [0, null, 12.5, '12.5'],
    [0, null, 0.5, '0.5'],
    [0, 'counts', 1, '1 count'],
    [0, 'counts/px', 1, '1 count/px'],
    [2, 'counts/px', 1, '1.00 counts/px'],
    [0, 'counts', 2, '2 counts'],
    [0, 's', 1, '1 s'],
    [2, 'Å', 'detector', 'detector'],
    [2, 'Å', null, '—'],
    [2, 'Å', undefined, '—'],
  ] as const)('%d digits, unit %s, %s: %s', (digits, unit, value, text) =>
    expect(plain(formatMetric({ digits, unit }, value))).toBe(text),
  );
});

it('a label in a line keeps the names of the field', () => {
  expect(['Unit cell', 'R-merge', 'CC½', 'I/σ(I)', 'DIALS', 'Spots'].map(inLine)).toEqual([
    ...['unit cell', 'R-merge', 'CC½', 'I/σ(I)', 'DIALS', 'spots'],
  ]);
});
