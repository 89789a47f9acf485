import { expect, it } from 'vitest';
import { cpuHours, HOUR_MS, hoursText, runCostMs } from './accounting.ts';

it('charges CPUs × wall time at the usual price, and the price of the profile else', () => {
  expect(runCostMs(4000, 90 * 60_000)).toBe(6 * HOUR_MS);
  expect(runCostMs(12_500, HOUR_MS)).toBe(12.5 * HOUR_MS);
  expect(runCostMs(0, HOUR_MS)).toBe(0);
});

it('rounds up to whole milliseconds and never charges for time that went backwards', () => {
  expect(runCostMs(1500, 1)).toBe(2);
  expect(runCostMs(1, 1)).toBe(1);
  expect(runCostMs(4000, -5)).toBe(0);
});

it('stays exact where a product of numbers would not be', () => {
  const wallMs = 10_000_000_001;
  expect(runCostMs(900_000_001, wallMs)).toBe(9_000_000_010_900_001);
  expect(() => runCostMs(900_000_001, wallMs * 10)).toThrow(RangeError);
});

it('says hours as people read them', () => {
  expect(cpuHours(HOUR_MS)).toBe('1 CPU hour');
  expect(cpuHours(1_234.5 * HOUR_MS)).toBe('1,234.5 CPU hours');
  expect(cpuHours(1)).toBe('< 0.0001 CPU hours');
  expect(cpuHours(0)).toBe('0 CPU hours');
  const amounts = [0, 0.0061, 0.25, 411.834, 99_999.996, -0.25, -0.0061, -0.00001, 499.96];
  const shown = ['0', '0.0061', '0.25', '411.83', '100,000', '−0.25', '−0.0061', '> −0.0001', '499.96'];
  expect(amounts.map((hours) => hoursText(hours * HOUR_MS))).toEqual(shown);
});
