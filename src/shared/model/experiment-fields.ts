import { z } from 'zod';
import { normalText, plainText } from './plain-text.ts';

/** What is written about an experiment: the same rules in forms, procedures and files, so that a fault is told as one types. */

export const experimentTitle = plainText({ max: 200, empty: 'Give the experiment a title.' });

const keyword = plainText({ max: 60, empty: 'A keyword has at least one letter.' });
export const experimentKeywords = z
  .array(keyword)
  .max(20, 'At most 20 keywords.')
  .transform((words) => [...new Set(words)]);

export const personName = plainText({ max: 120, empty: 'Give a name.' });

/** A date without a time of day, `2026-11-21`. */
export const calendarDate = z.iso.date('Write the date as 2026-11-21.');

export const experimentTerms = plainText({ max: 10_000, lines: true });

/** Beam times are within a lifetime of the product; a typing error of a year is not. */
const EARLIEST = Date.UTC(2000, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);
export const plannedInstant = z.coerce
  .date('This is not a date.')
  .refine((at) => at.getTime() >= EARLIEST && at.getTime() < LATEST, 'Look at the year.');

/** Refuses a planned end that is not after the planned start. Shapes: either may be missing. */
export function plannedInOrder(plan: { plannedStart?: Date | null; plannedEnd?: Date | null }): boolean {
  return !plan.plannedStart || !plan.plannedEnd || plan.plannedEnd > plan.plannedStart;
}
export const PLAN_OUT_OF_ORDER = {
  error: 'The planned end must be after the planned start.',
  path: ['plannedEnd'],
};

/** "lysozyme, SAD; test" → the keywords, each once. */
export function keywordsOf(typed: string): string[] {
  const words = typed.split(/[,;\n]/).map((word) => normalText(word));
  return [...new Set(words.filter((word) => word !== ''))];
}
