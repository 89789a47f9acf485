import { AppError } from '#src/shared/errors/app-error.ts';
import { parseUserName } from '#src/shared/model/user-name.ts';
import type { Database } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { writeMail } from '../mail/write-mail.ts';
import { cleanEmail } from './email-address.ts';
import { requirePerson } from './people.policy.ts';
import {
  addressOfLink,
  consumeLink,
  countLinks,
  expireLinks,
  firstFacility,
  insertLink,
  personById,
  setAddress,
  setUserName,
} from './people.repository.ts';
import { addressChangedMail, proveAddressMail } from './people-mails.ts';
import { hashOfSecret, newSecret } from './secret-link.ts';
import { assertFreshSession, assertOwnPassword } from './still-them.ts';

const HOUR_MS = 3600 * 1000;
export const PROVE_MS = 24 * HOUR_MS;
const MOST_PER_HOUR = 5;
const KEEP_NEWS_MS = 3 * 24 * HOUR_MS;

const fieldFault = (field: string, message: string) =>
  new AppError('BAD_INPUT', { message, details: { fields: { [field]: message } } });

export interface OwnAddress {
  email: string;
  isProved: boolean;
  userName: string | null;
  /** Without one, changing the address asks for a session that has just begun. */
  hasPassword: boolean;
}

/** What people do about their own address and user name. */
export function createOwnAddress({ db, webUrl }: { db: Database; webUrl: string }) {
  const zone = async () => (await firstFacility(db))?.timeZone ?? 'UTC';

  return {
    async ownAddress(ctx: ServiceContext): Promise<OwnAddress> {
      const row = (await personById(db, requirePerson(ctx).personId))!;
      return {
        ...{ email: row.email, isProved: row.emailVerifiedAt !== null, userName: row.userName },
        hasPassword: row.passwordHash !== null,
      };
    },

    /**
     * Sends a link to an address that the caller wants for their account; it counts when the link was opened. Told alike whether another account
     * has the address. Needs the password, or where there is none that the caller
     * has just signed in.
     */
    async askForAddress(
      ctx: ServiceContext,
      input: { email: string; password?: string; ip: string },
    ): Promise<{ email: string; expiresAt: Date }> {
      const { personId } = requirePerson(ctx);
      const email = cleanEmail(input.email);
      if ((await personById(db, personId))!.passwordHash === null) await assertFreshSession(db, ctx);
      else await assertOwnPassword(db, ctx, { password: input.password ?? '', ip: input.ip });
      const timeZone = await zone();
      return db.transaction(async (tx) => {
        const person = (await personById(tx, personId))!;
        if (person.email === email && person.emailVerifiedAt !== null) {
          throw new AppError('ALREADY_DONE', 'This is your address already.');
        }
        const now = ctx.now();
        const since = new Date(now.getTime() - HOUR_MS);
        if ((await countLinks(tx, personId, 'verify-address', since)) >= MOST_PER_HOUR) {
          throw new AppError('TOO_MANY_REQUESTS', {
            message: 'Too many links within an hour. Try again in an hour.',
            retryAfterS: HOUR_MS / 1000,
          });
        }
        await expireLinks(tx, personId, 'verify-address', now);
        const { token, tokenHash } = newSecret(ctx);
        const id = ctx.newId();
        const expiresAt = new Date(now.getTime() + PROVE_MS);
        await insertLink(tx, {
          ...{ id, tokenHash, personId, purpose: 'verify-address' as const, email },
          ...{ createdAt: now, expiresAt },
        });
        await writeMail(tx, ctx, {
          ...{ dedupeKey: `verify-address:${id}`, kind: 'verify-address' as const, to: email, personId },
          body: proveAddressMail({ name: person.name, timeZone }, expiresAt),
          link: `${webUrl}/prove-address?token=${token}`,
          uselessAt: expiresAt,
        });
        await recordAudit(tx, ctx, {
          ...{ action: 'person.addressAsked', entityKind: 'person', entityId: personId },
        });
        return { email, expiresAt };
      });
    },

    /** The address that a link would prove for the caller; null when it is not theirs, was used, or has expired. Does not use it up. */
    async addressOfLink(ctx: ServiceContext, input: { token: string }): Promise<string | null> {
      const { personId } = requirePerson(ctx);
      return addressOfLink(db, hashOfSecret(input.token), personId, ctx.now());
    },

    /** The address of the link is the caller's from now on. LINK_EXPIRED when the link does not work for them, CONFLICT when an account has it. */
    async proveAddress(ctx: ServiceContext, input: { token: string }): Promise<{ email: string }> {
      const { personId } = requirePerson(ctx);
      const tokenHash = hashOfSecret(input.token);
      const timeZone = await zone();
      return db.transaction(async (tx) => {
        const now = ctx.now();
        const email = await addressOfLink(tx, tokenHash, personId, now);
        if (email === null || !(await consumeLink(tx, tokenHash, 'verify-address', now))) {
          throw new AppError(
            'LINK_EXPIRED',
            'This link was used, has expired, or was made for another account. Ask for a new one on your account page.',
          );
        }
        const person = (await personById(tx, personId))!;
        if (!(await setAddress(tx, personId, email, now))) {
          throw new AppError('CONFLICT', `There is another account for ${email}. Sign in with that one.`);
        }
        if (person.email.toLowerCase() !== email.toLowerCase()) {
          await writeMail(tx, ctx, {
            dedupeKey: `address-changed:${tokenHash}`,
            ...{ kind: 'address-changed' as const, to: person.email, personId },
            body: addressChangedMail({ name: person.name, timeZone }, now),
            uselessAt: new Date(now.getTime() + KEEP_NEWS_MS),
          });
        }
        await recordAudit(tx, ctx, {
          ...{ action: 'person.addressProved', entityKind: 'person', entityId: personId },
          detail: { from: person.email, to: email },
        });
        return { email };
      });
    },

    /** By which colleagues invite the caller; null: none. CONFLICT when somebody has it. */
    async setUserName(
      ctx: ServiceContext,
      input: { userName: string | null },
    ): Promise<{ userName: string | null }> {
      const { personId } = requirePerson(ctx);
      const userName = input.userName === null ? null : parseUserName(input.userName);
      if (input.userName !== null && userName === null) {
        throw fieldFault(
          'userName',
          '3 to 32 letters a–z and digits, beginning with a letter; dots, hyphens and underscores between.',
        );
      }
      await db.transaction(async (tx) => {
        if (!(await setUserName(tx, personId, userName))) {
          throw new AppError('CONFLICT', `Somebody is called ${userName} already. Choose another.`);
        }
        await recordAudit(tx, ctx, {
          ...{ action: 'person.userNameSet', entityKind: 'person', entityId: personId },
          detail: { userName },
        });
      });
      return { userName };
    },
  };
}
