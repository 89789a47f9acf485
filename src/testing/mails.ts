import { asc, eq } from 'drizzle-orm';
import type { Database } from '../server/db/client.ts';
import { mail, person } from '../server/db/schema/index.ts';

/** Their address counts as proved from now on, so that they can be written to. */
export async function proveAddress(db: Database, personId: string): Promise<void> {
  await db.update(person).set({ emailVerifiedAt: new Date() }).where(eq(person.id, personId));
}

/** What was written to somebody, the oldest first. */
export async function mailsTo(db: Database, personId: string) {
  return db.select().from(mail).where(eq(mail.personId, personId)).orderBy(asc(mail.id));
}
