import type { MailKind, MailState } from '#src/shared/model/mail.ts';
import type { Database } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { requireFacility } from '../experiments/experiment.policy.ts';
import { requirePerson } from '../people/people.policy.ts';
import { LINK_MARK, linkOf } from './compose-mail.ts';
import { countMails, homeFacilityId, type MailRow, newestMails } from './mail.repository.ts';

const WEEK_MS = 7 * 24 * 3600 * 1000;
const PAGE = 50;

export interface OutboxMail {
  mailId: string;
  kind: MailKind;
  to: string;
  state: MailState;
  lastError: string | null;
  createdAt: Date;
  sentAt: Date | null;
  /** In a demo alone: what the mail says, with its link. */
  content: { subject: string; text: string } | null;
}

export interface Outbox {
  /** Whether mails leave this installation. */
  sends: boolean;
  demo: boolean;
  /** Of the last seven days. */
  counts: Partial<Record<MailState, number>>;
  mails: OutboxMail[];
  nextCursor: string | null;
}

export interface MailDeps {
  db: Database;
  sends: boolean;
  demo: boolean;
  /** Public origin of the web app. */
  webUrl: string;
}

const textOf = (row: MailRow, webUrl: string) =>
  row.text.replaceAll(LINK_MARK, linkOf(row, webUrl) ?? '(this link has been used or has ended)');

/** What people are shown of mails: all of them in a demo, where they go nowhere else; what did not leave, without what it says, to admins. */
export function createMailService({ db, sends, demo, webUrl }: MailDeps) {
  return {
    /** NOT_FOUND for whoever is no admin of a real installation. */
    async outbox(ctx: ServiceContext, input: { cursor?: string | null }): Promise<Outbox> {
      requirePerson(ctx);
      if (!demo) await requireFacility(db, ctx, (await homeFacilityId(db)) ?? '', 'facility.people');
      const [counts, rows] = await Promise.all([
        countMails(db, new Date(ctx.now().getTime() - WEEK_MS)),
        newestMails(db, {
          before: input.cursor ?? undefined,
          states: demo ? undefined : ['waiting', 'refused', 'late', 'kept'],
          limit: PAGE + 1,
        }),
      ]);
      const page = rows.slice(0, PAGE);
      return {
        sends,
        demo,
        counts,
        mails: page.map((row) => ({
          mailId: row.id,
          kind: row.kind,
          to: row.toAddress,
          state: row.state,
          lastError: row.lastError,
          createdAt: row.createdAt,
          sentAt: row.sentAt,
          content: demo ? { subject: row.subject, text: textOf(row, webUrl) } : null,
        })),
        nextCursor: rows.length > PAGE ? page.at(-1)!.id : null,
      };
    },
  };
}

export type MailService = ReturnType<typeof createMailService>;
