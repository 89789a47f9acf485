import { formatDay } from '#src/components/format.ts';
import type { OwnLicence } from '#src/server/domain/accounting/accounting.types.ts';
import { hoursText } from '#src/shared/model/accounting.ts';

/** What a licence has left, and until which day of its facility. */
export function licenceWords(
  licence: Pick<
    OwnLicence,
    'grantedCpuMs' | 'reservedCpuMs' | 'settledCpuMs' | 'validFrom' | 'validUntil' | 'timeZone'
  >,
  nowMs: number,
): { left: string; until: string } {
  const { grantedCpuMs, reservedCpuMs, settledCpuMs, validFrom, validUntil, timeZone } = licence;
  const left = Math.max(0, grantedCpuMs - reservedCpuMs - settledCpuMs);
  const setAside = reservedCpuMs > 0 ? `, ${hoursText(reservedCpuMs)} set aside` : '';
  // The end is the first instant at which it pays no more.
  const lastDay = formatDay(new Date(validUntil.getTime() - 1), timeZone);
  const when = () => {
    if (validUntil.getTime() <= nowMs) return `ended on ${lastDay}`;
    return nowMs < validFrom.getTime() ? `from ${formatDay(validFrom, timeZone)}` : `until ${lastDay}`;
  };
  return { left: `${hoursText(left)} CPU h left${setAside}`, until: when() };
}
