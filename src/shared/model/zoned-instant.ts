import { dateParts } from './zoned-date.ts';

const LOCAL = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})$/;

/** An instant as the clocks of a time zone show it, in the form of a date and time field: `2026-11-21T14:23`. */
export function localText(at: Date, timeZone: string): string {
  const { date, time } = dateParts(at, timeZone);
  return `${date}T${time.slice(0, 2)}:${time.slice(2, 4)}`;
}

/**
 * The instant at which the clocks of a time zone (IANA name) show `2026-11-21T14:23`; null when that is no date and time. A time that is shown twice
 * (clocks go back) is the first; one that is skipped (clocks go forward) is as much later as the clocks leap.
 */
export function instantOfLocal(local: string, timeZone: string): Date | null {
  if (!LOCAL.test(local)) return null;
  const asUtc = Date.parse(`${local}:00Z`);
  if (Number.isNaN(asUtc) || new Date(asUtc).toISOString().slice(0, 16) !== local) return null;
  const offsetAt = (ms: number) =>
    Date.parse(`${localText(new Date(ms), timeZone)}:00Z`) - Math.floor(ms / 60_000) * 60_000;
  // Both offsets that may hold around a change of clocks: of a day before and of a day after.
  const candidates = [asUtc - offsetAt(asUtc - 86_400_000), asUtc - offsetAt(asUtc + 86_400_000)];
  const shown = candidates.filter((ms) => localText(new Date(ms), timeZone) === local);
  return new Date(shown.length > 0 ? Math.min(...shown) : Math.max(...candidates));
}
