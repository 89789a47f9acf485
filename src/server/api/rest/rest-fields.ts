import { z } from 'zod';

/** Earlier and later ones are mistakes of programs, and PostgreSQL has no year 0. */
const EARLIEST = Date.parse('1970-01-01T00:00:00Z');
const LATEST = Date.parse('2200-01-01T00:00:00Z');

/** An instant in an answer: UTC, ISO 8601. */
export const instant = z.iso.datetime();

/** An instant that is asked with: ISO 8601 with its offset. */
export const askedInstant = z.iso
  .datetime({ offset: true, error: 'Write an instant with its offset, as 2026-11-21T18:00:00Z.' })
  .refine((text) => Date.parse(text) >= EARLIEST && Date.parse(text) < LATEST, 'A year from 1970 to 2199.');

/** Yes or no behind the question mark. */
export const askedFlag = z.enum(['true', 'false']).transform((text) => text === 'true');

/** `?limit=` and `?cursor=` of a list. */
export const paged = (most: number, usual: number) => ({
  limit: z.coerce.number().int().min(1).max(most).default(usual).describe(`Items on a page, 1–${most}.`),
  cursor: z.string().max(4000).optional().describe('`nextCursor` of the page before.'),
});

/** A page of a list. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable().describe('Null on the last page.') });
