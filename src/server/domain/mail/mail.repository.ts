import { and, asc, count, desc, eq, gt, inArray, isNotNull, isNull, lt, lte, or, sql } from 'drizzle-orm';
import type { MailState } from '#src/shared/model/mail.ts';
import type { Queryable } from '../../db/client.ts';
import { facility, facilityAdmin, mail } from '../../db/schema/index.ts';

export type MailRow = typeof mail.$inferSelect;

/** False when this was told already. */
export async function insertMail(q: Queryable, row: typeof mail.$inferInsert): Promise<boolean> {
  const made = await q.insert(mail).values(row).onConflictDoNothing().returning({ id: mail.id });
  return made.length > 0;
}

/** Tries of one mail, further and further apart up to six hours: more than any mail waits. The mail itself says when it has no use any more. */
const MOST_TRIES = 40;

/** Has a worker send it; same transaction as the mail. */
export async function enqueueMail(q: Queryable, mailId: string): Promise<void> {
  await q.execute(sql`
    select graphile_worker.add_job(
      'send-mail',
      json_build_object('mailId', ${mailId}::text),
      job_key => ${`send-mail:${mailId}`}::text,
      max_attempts => ${MOST_TRIES}::int
    )`);
}

export async function findMail(q: Queryable, mailId: string): Promise<MailRow | null> {
  const [row] = await q.select().from(mail).where(eq(mail.id, mailId));
  return row ?? null;
}

/** The mail, for this worker alone until then; null when it does not wait or another has it. */
export async function claimMail(
  q: Queryable,
  mailId: string,
  now: Date,
  until: Date,
): Promise<MailRow | null> {
  const [row] = await q
    .update(mail)
    .set({ claimedUntil: until, attempts: sql`${mail.attempts} + 1` })
    .where(
      and(
        eq(mail.id, mailId),
        eq(mail.state, 'waiting'),
        or(isNull(mail.claimedUntil), lte(mail.claimedUntil, now)),
      ),
    )
    .returning();
  return row ?? null;
}

/** What became of a waiting mail. */
export async function settleMail(
  q: Queryable,
  mailId: string,
  set: Partial<Pick<MailRow, 'state' | 'link' | 'sentAt' | 'lastError' | 'claimedUntil'>>,
): Promise<void> {
  await q
    .update(mail)
    .set({ claimedUntil: null, ...set })
    .where(and(eq(mail.id, mailId), eq(mail.state, 'waiting')));
}

/** A mail whose news was taken back: not sent if it has not been, and its link is forgotten. */
export async function withdrawMailOf(q: Queryable, dedupeKey: string): Promise<void> {
  await q
    .update(mail)
    .set({ state: sql`case when ${mail.state} = 'waiting' then 'late' else ${mail.state} end`, link: null })
    .where(eq(mail.dedupeKey, dedupeKey));
}

/** Links of mails that have no use any more. */
export async function forgetLinks(q: Queryable, now: Date): Promise<number> {
  const { rowCount } = await q
    .update(mail)
    .set({ link: null })
    .where(and(isNotNull(mail.link), lt(mail.uselessAt, now), sql`${mail.state} <> 'waiting'`));
  return rowCount ?? 0;
}

export async function removeMails(q: Queryable, before: Date): Promise<number> {
  const { rowCount } = await q.delete(mail).where(lt(mail.createdAt, before));
  return rowCount ?? 0;
}

/** States of mails by what they are about. */
export async function mailStates(
  q: Queryable,
  dedupeKeys: readonly string[],
): Promise<Map<string, { state: MailState; lastError: string | null }>> {
  if (dedupeKeys.length === 0) return new Map();
  const rows = await q
    .select({ key: mail.dedupeKey, state: mail.state, lastError: mail.lastError })
    .from(mail)
    .where(inArray(mail.dedupeKey, [...dedupeKeys]));
  return new Map(rows.map(({ key, ...row }) => [key, row]));
}

/** The newest mails, `before` an id (UUID v7 sorts by creation). */
export async function newestMails(
  q: Queryable,
  filter: { before?: string; states?: readonly MailState[]; limit: number },
): Promise<MailRow[]> {
  return q
    .select()
    .from(mail)
    .where(
      and(
        filter.before ? lt(mail.id, filter.before) : undefined,
        filter.states ? inArray(mail.state, [...filter.states]) : undefined,
      ),
    )
    .orderBy(desc(mail.id))
    .limit(filter.limit);
}

export async function countMails(q: Queryable, since: Date): Promise<Partial<Record<MailState, number>>> {
  const rows = await q
    .select({ state: mail.state, mails: count() })
    .from(mail)
    .where(gt(mail.createdAt, since))
    .groupBy(mail.state);
  return Object.fromEntries(rows.map(({ state, mails }) => [state, mails]));
}

/** Admins, who see which mails were not sent. */
export async function adminIds(q: Queryable): Promise<string[]> {
  const rows = await q.selectDistinct({ personId: facilityAdmin.personId }).from(facilityAdmin);
  return rows.map(({ personId }) => personId);
}

/** The facility of this installation; null before it is made. */
export async function homeFacilityId(q: Queryable): Promise<string | null> {
  const [row] = await q
    .select({ id: facility.id })
    .from(facility)
    .orderBy(asc(facility.createdAt), asc(facility.id))
    .limit(1);
  return row?.id ?? null;
}
