import type { Database } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { writeMail } from '../mail/write-mail.ts';
import { cleanEmail } from './email-address.ts';
import { requireSystem } from './people.policy.ts';
import {
  countLinks,
  enqueuePasswordLink,
  expireLinks,
  firstFacility,
  insertLink,
  personByEmail,
} from './people.repository.ts';
import { passwordLinkMail } from './people-mails.ts';
import { newSecret } from './secret-link.ts';

const HOUR_MS = 3600 * 1000;
/** Short: whoever asks for it is at their mailbox. */
export const MAILED_LINK_MS = HOUR_MS;
const MOST_PER_HOUR = 3;

/** A new password by mail. */
export function createPasswordLinks({ db, webUrl }: { db: Database; webUrl: string }) {
  return {
    /**
     * Somebody at the door asks for a new password for an address. The same is done, and said, whether there is such an account or not: a worker
     * finds out.
     */
    async askPasswordLink(_ctx: ServiceContext, input: { email: string }): Promise<void> {
      await enqueuePasswordLink(db, cleanEmail(input.email).toLowerCase());
    },

    /** For the worker: writes the mail when there is such an account; at most three within an hour. Earlier links stop working. */
    async sendPasswordLink(ctx: ServiceContext, input: { email: string }): Promise<void> {
      requireSystem(ctx);
      await db.transaction(async (tx) => {
        const person = await personByEmail(tx, input.email);
        if (!person || person.disabledAt !== null) return;
        const now = ctx.now();
        const since = new Date(now.getTime() - HOUR_MS);
        if ((await countLinks(tx, person.id, 'set-password', since)) >= MOST_PER_HOUR) return;
        await expireLinks(tx, person.id, 'set-password', now);
        const { token, tokenHash } = newSecret(ctx);
        const id = ctx.newId();
        const expiresAt = new Date(now.getTime() + MAILED_LINK_MS);
        await insertLink(tx, {
          ...{ id, tokenHash, personId: person.id, purpose: 'set-password' as const },
          ...{ createdAt: now, expiresAt },
        });
        const home = await firstFacility(tx);
        await writeMail(tx, ctx, {
          dedupeKey: `password-link:${id}`,
          kind: 'password-link',
          to: person.email,
          personId: person.id,
          body: passwordLinkMail({ name: person.name, timeZone: home?.timeZone ?? 'UTC' }, expiresAt),
          link: `${webUrl}/set-password?token=${token}`,
          uselessAt: expiresAt,
        });
        await recordAudit(tx, ctx, {
          action: 'person.linkMailed',
          entityKind: 'person',
          entityId: person.id,
        });
      });
    },
  };
}
