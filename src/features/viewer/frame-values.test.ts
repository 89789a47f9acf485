import { describe, expect, it } from 'vitest';
import { seriesOf, valueColumns, valueRange } from './frame-values.ts';

const base64 = (values: number[]) => {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => {
    bytes.writeFloatLE(value, i * 4);
  });
  return bytes.toString('base64');
};

describe('numbers per frame', () => {
  it('stand in the order people look at them', () => {
    const series = seriesOf([
      { name: 'background', values: base64([0.5, 0.25]) },
      { name: 'ownNumber', values: base64([1]) },
      { name: 'spots', values: base64([10, Number.NaN, 40]) },
    ]);
    expect(series.map(({ name }) => name)).toEqual(['spots', 'background', 'ownNumber']);
    expect([...series[0]!.values]).toEqual([10, Number.NaN, 40]);
  });

  it('that no frame has are left out', () => {
    expect(seriesOf([{ name: 'cellA', values: base64([Number.NaN, Number.NaN]) }])).toEqual([]);
  });

  it('keep their extremes however many frames share a column', () => {
    const values = new Float32Array(10_000).fill(5);
    values[7_777] = 0;
    values[2] = 900;
    const columns = valueColumns(values, 10_000, 100);
    expect(columns).toHaveLength(100);
    expect(columns[77]).toEqual({ low: 0, high: 5 });
    expect(columns[0]).toEqual({ low: 5, high: 900 });
  });

  it('have no column where no frame has one, nor more columns than frames', () => {
    const columns = valueColumns(Float32Array.from([1, Number.NaN, 3]), 6, 100);
    expect(columns).toEqual([{ low: 1, high: 1 }, null, { low: 3, high: 3 }, null, null, null]);
    expect(valueRange(columns)).toEqual({ low: 0, high: 3 });
    expect(valueRange([null])).toBeNull();
    expect(valueRange([{ low: 0, high: 0 }])).toEqual({ low: 0, high: 1 });
    expect(valueRange([{ low: -4, high: -1 }])).toEqual({ low: -4, high: -1 });
  });
});
