import { type SQL, sql } from 'drizzle-orm';
import { containing } from './containing.ts';
import { experiment } from './schema/index.ts';

/**
 * Whether a word stands in code, title, keywords or PI of an experiment or a project, without case. PostgreSQL keeps what is searched in a column of
 * its own (`search_text`, made by SQL), which has a trigram index.
 */
export const holdsWord = (word: string): SQL =>
  sql`${experiment}."search_text" like lower(${containing(word)})`;
