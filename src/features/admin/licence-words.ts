import { formatDay } from '#src/components/format.ts';
import type { Tone } from '#src/components/ui/status.tsx';
import type { LicenceView } from '#src/server/domain/accounting/accounting.types.ts';
import type { LedgerKind, LicenceOwner } from '#src/shared/model/accounting.ts';
import { dateParts } from '#src/shared/model/zoned-date.ts';
import { instantOfLocal } from '#src/shared/model/zoned-instant.ts';

export const OWNER_WORDS: Record<LicenceOwner, string> = {
  facility: 'Facility',
  lab: 'Lab',
  user: 'Person',
};

export const LEDGER_WORDS: Record<LedgerKind, string> = {
  grant: 'given',
  withdraw: 'taken back',
  reserve: 'set aside',
  release: 'no longer set aside',
  settle: 'charged',
  refund: 'refunded',
};

const DAY_MS = 86_400_000;

/** Licences end with a day of the facility's time zone; kept is the first instant behind it. */
export const lastDay = (validUntil: Date, timeZone: string): string =>
  formatDay(new Date(validUntil.getTime() - 1), timeZone);
export const lastDayField = (validUntil: Date, timeZone: string): string =>
  dateParts(new Date(validUntil.getTime() - 1), timeZone).date;
export const dayField = (at: Date, timeZone: string): string => dateParts(at, timeZone).date;

/** The first instant of a day typed as `2026-11-22`; null for what is no date. */
export const beginningOf = (date: string, timeZone: string): Date | null =>
  instantOfLocal(`${date}T00:00`, timeZone);
/** The first instant behind it. */
export function endOf(date: string, timeZone: string): Date | null {
  const next = new Date(`${date}T12:00:00Z`).getTime() + DAY_MS;
  return Number.isNaN(next) ? null : beginningOf(new Date(next).toISOString().slice(0, 10), timeZone);
}

export function validityOf(licence: LicenceView, nowMs: number): { tone: Tone; word: string } {
  if (licence.validFrom.getTime() > nowMs) return { tone: 'queued', word: 'Not yet valid' };
  const leftMs = licence.validUntil.getTime() - nowMs;
  if (leftMs <= 0) return { tone: 'muted', word: 'Ended' };
  return leftMs < 30 * DAY_MS ? { tone: 'warn', word: 'Ends soon' } : { tone: 'ok', word: 'Valid' };
}

export const leftOf = (licence: LicenceView): number =>
  licence.grantedCpuMs - licence.reservedCpuMs - licence.settledCpuMs;

/** What is typed as a number with a point or a comma, times the unit, in whole ones; null for what is none. */
export function typedAmount(text: string, unit: number): number | null {
  const clean = text.trim().replace(',', '.');
  if (!/^-?\d+(\.\d+)?$/.test(clean)) return null;
  const amount = Math.round(Number(clean) * unit);
  return Number.isSafeInteger(amount) ? amount : null;
}
