import { expect, it } from 'vitest';
import { HOUR_MS } from '#src/shared/model/accounting.ts';
import { licenceWords } from './licence-words.ts';

it('says what of a licence is left, and until which day of its facility', () => {
  const licence = {
    ...{ grantedCpuMs: 100 * HOUR_MS, reservedCpuMs: 0, settledCpuMs: 12 * HOUR_MS },
    ...{ validFrom: new Date('2025-12-31T23:00:00Z'), validUntil: new Date('2026-12-31T23:00:00Z') },
    timeZone: 'Europe/Berlin',
  };
  const words = (at: string, more: Partial<typeof licence> = {}) =>
    licenceWords({ ...licence, ...more }, Date.parse(at));
  expect(words('2026-06-01')).toEqual({ left: '88 CPU h left', until: 'until 31 Dec 2026' });
  expect(words('2026-06-01', { reservedCpuMs: 8 * HOUR_MS }).left).toBe('80 CPU h left, 8 set aside');
  expect(words('2025-06-01').until).toBe('from 1 Jan 2026');
  expect(words('2027-06-01').until).toBe('ended on 31 Dec 2026');
});
