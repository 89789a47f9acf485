import type { Database } from '../../db/client.ts';
import { publish } from '../../events/outbox.repository.ts';
import type { MailDriver } from '../../mail/mail.port.ts';
import type { Logger } from '../../observability/logger.ts';
import type { ServiceContext } from '../context.ts';
import { notify } from '../notifications/notify.ts';
import { requireSystem } from '../people/people.policy.ts';
import { escapeHtml, LINK_MARK, linkOf, plainLine } from './compose-mail.ts';
import {
  adminIds,
  claimMail,
  findMail,
  forgetLinks,
  type MailRow,
  removeMails,
  settleMail,
} from './mail.repository.ts';

/** Longer than a try takes; after this another worker may send the mail. */
const CLAIM_MS = 2 * 60 * 1000;
export const KEEP_MAILS_MS = 90 * 24 * 3600 * 1000;

export interface DeliveryDeps {
  db: Database;
  driver: MailDriver;
  log: Logger;
  /** Public origin of the web app: message ids are of its host. */
  webUrl: string;
}

/** Sends what `writeMail` wrote; for workers. */
export function createMailDelivery({ db, driver, log, webUrl }: DeliveryDeps) {
  const host = new URL(webUrl).hostname.replaceAll(/[[\]:]/g, '-');
  const messageOf = (row: MailRow) => {
    const link = linkOf(row, webUrl) ?? '';
    return {
      messageId: `<${row.id}@${host}>`,
      to: row.toAddress,
      subject: row.subject,
      text: row.text.replaceAll(LINK_MARK, link),
      html: row.html.replaceAll(LINK_MARK, escapeHtml(link)),
    };
  };

  /** Written down, and told to whoever wrote it and to admins, who see the list of what was not sent. */
  async function refuse(ctx: ServiceContext, row: MailRow, reason: string): Promise<void> {
    await db.transaction(async (tx) => {
      await settleMail(tx, row.id, { state: 'refused', link: null, lastError: reason });
      const { authorId, authorPage } = row;
      if (authorId !== null && authorPage !== null) {
        await notify(tx, ctx, {
          ...{ personId: authorId, kind: 'mail-refused', dedupeKey: `mail-refused:${row.id}` },
          text: `The mail to ${plainLine(row.toAddress, 320)} was refused: ${plainLine(reason, 200)}`,
          link: authorPage,
        });
      }
      const readers = new Set([...(await adminIds(tx)), ...(authorId === null ? [] : [authorId])]);
      await publish(tx, ctx, {
        topics: [...readers].map((personId) => `person:${personId}` as const),
        kind: 'mail.changed',
        data: { mailId: row.id },
      });
    });
  }

  return {
    /**
     * One try. Throws when it is to be tried again, and the queue does so. A worker killed after the mail server took the mail and before
     * that was written down sends it a second time, under the same Message-ID: SMTP knows no way to ask.
     */
    async deliver(ctx: ServiceContext, { mailId }: { mailId: string }): Promise<void> {
      requireSystem(ctx);
      const now = ctx.now();
      const row = await claimMail(db, mailId, now, new Date(now.getTime() + CLAIM_MS));
      if (!row) {
        const there = await findMail(db, mailId);
        if (there?.state === 'waiting')
          throw new Error('Another worker is sending this mail, or was killed while it did.');
        return;
      }
      if (row.uselessAt <= now) {
        await settleMail(db, mailId, { state: 'late', link: null });
        log.warn({ mailId, kind: row.kind, reason: row.lastError }, 'a mail could not be sent in time');
        return;
      }
      const outcome = await driver.send(messageOf(row));
      switch (outcome.kind) {
        case 'accepted':
          await settleMail(db, mailId, { state: 'sent', link: null, sentAt: ctx.now(), lastError: null });
          return;
        case 'kept':
          await settleMail(db, mailId, { state: 'kept' });
          return;
        case 'refused':
          await refuse(ctx, row, outcome.reason);
          log.warn({ mailId, kind: row.kind }, 'a mail was refused for good');
          return;
        case 'later':
          await settleMail(db, mailId, { lastError: outcome.reason });
          throw new Error(`The mail could not be sent: ${outcome.reason}`);
      }
    },

    /** Forgets links without use and old mails. */
    async sweep(ctx: ServiceContext): Promise<{ links: number; mails: number }> {
      requireSystem(ctx);
      const now = ctx.now();
      return {
        links: await forgetLinks(db, now),
        mails: await removeMails(db, new Date(now.getTime() - KEEP_MAILS_MS)),
      };
    },
  };
}

export type MailDelivery = ReturnType<typeof createMailDelivery>;
