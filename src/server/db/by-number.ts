import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';

/**
 * Names in the order people count in: A2 before A10, capitals beside small letters (a collation of ICU, made by a migration). It tells every two names
 * apart, as bytes do, so pages may go on behind a name. An index made with it serves only what names it as well, equality included.
 */
export const byNumber = (name: SQLWrapper): SQL => sql`${name} collate "by_number"`;
