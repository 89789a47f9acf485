import type { MailKind, MailState } from '#src/shared/model/mail.ts';
import type { Queryable } from '../../db/client.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import type { MailBody } from './compose-mail.ts';
import { enqueueMail, insertMail, mailStates, withdrawMailOf } from './mail.repository.ts';

export interface NewMail {
  /** Names the news, not the mail: the same news are told once. */
  dedupeKey: string;
  kind: MailKind;
  to: string;
  personId: string | null;
  body: MailBody;
  /** Put in place of the mark when the mail is sent: an address, with a secret in it, or the path of a page of ours. */
  link?: string;
  uselessAt: Date;
  /** Path of the page where whoever causes the mail deals with it: when the mail is refused they are told, and led there. */
  authorPage?: string;
}

/** Writes a mail in the transaction of the change it tells of; a worker sends it. Nothing happens when the same was told before. */
export async function writeMail(tx: Queryable, ctx: ServiceContext, wanted: NewMail): Promise<void> {
  const id = ctx.newId();
  const { body, to, link, authorPage, ...row } = wanted;
  const made = await insertMail(tx, {
    ...row,
    ...body,
    id,
    toAddress: to,
    authorId: actingPerson(ctx),
    authorPage: authorPage ?? null,
    link: link ?? null,
    state: 'waiting',
    createdAt: ctx.now(),
  });
  if (made) await enqueueMail(tx, id);
}

/** The news were taken back: a mail that has not gone is not sent, and a link that is still kept is forgotten. */
export const withdrawMail = (tx: Queryable, dedupeKey: string): Promise<void> =>
  withdrawMailOf(tx, dedupeKey);

/** How far mails have come, by what they are about. */
export const mailStatesOf = (
  q: Queryable,
  dedupeKeys: readonly string[],
): Promise<Map<string, { state: MailState; lastError: string | null }>> => mailStates(q, dedupeKeys);
