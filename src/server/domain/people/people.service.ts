import type { Database, Queryable } from '#src/server/db/client.ts';
import { recordAudit } from '#src/server/events/outbox.repository.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import type { ServiceContext } from '../context.ts';
import { writeMail } from '../mail/write-mail.ts';
import { cleanEmail, nameFromEmail } from './email-address.ts';
import { createIdentities, type ProviderName } from './identities.ts';
import { createOwnAddress } from './own-address.ts';
import { assertPasswordStrength, hashPassword } from './password-hash.ts';
import { createPasswordLinks } from './password-links.ts';
import { requirePerson, requireSystem } from './people.policy.ts';
import {
  administers,
  anyAdmin,
  consumeLink,
  expireLinks,
  firstFacility,
  firstPeople,
  insertAdmin,
  insertFacility,
  insertLink,
  insertPerson,
  instrumentsStaffedBy,
  markProved,
  type PersonRow,
  personByEmail,
  personById,
  personOfLink,
  setPasswordHash,
} from './people.repository.ts';
import type { OneTimeLink, Profile, SessionView, SignInInput } from './people.types.ts';
import { passwordChangedMail } from './people-mails.ts';
import { hashOfSecret, newSecret } from './secret-link.ts';
import { issuerOfSession, liveSessionsOf, revokeSessions } from './session.repository.ts';
import { actingAs, principalOfSession, signIn } from './sign-in.ts';

export interface PeopleDeps {
  db: Database;
  /** Public origin of the web app, for links. */
  webUrl: string;
  /** A demo on loopback names its accounts to whoever comes; nothing else does. */
  demo: boolean;
  /** Providers of OpenID Connect that people may sign in through. */
  providers: readonly ProviderName[];
  /** Whoever has a verified address at one of them may make an account; else only who was invited to it. */
  signUp: boolean;
}

/** Long enough to be read in the morning, short enough not to lie around. */
export const LINK_MS = 48 * 3600 * 1000;
/** News of a changed password are worth sending this long. */
const KEEP_NEWS_MS = 3 * 24 * 3600 * 1000;

export function createPeopleService({ db, webUrl, demo, providers, signUp }: PeopleDeps) {
  /** The person with this e-mail, made when there is none. */
  async function ensurePerson(tx: Queryable, ctx: ServiceContext, input: { email: string; name?: string }) {
    const email = cleanEmail(input.email);
    const id = ctx.newId();
    const name = input.name?.trim() || nameFromEmail(email);
    const made = await insertPerson(tx, { id, email, name, createdAt: ctx.now() });
    if (made) {
      await recordAudit(tx, ctx, {
        action: 'person.created',
        entityKind: 'person',
        entityId: id,
        detail: { email },
      });
    }
    const row = await personByEmail(tx, email);
    if (!row) throw new AppError('CONFLICT', 'The person was removed in the same moment. Try again.');
    return { person: row, made };
  }

  async function makeLink(tx: Queryable, ctx: ServiceContext, target: PersonRow): Promise<OneTimeLink> {
    if (target.disabledAt) throw new AppError('CONFLICT', `${target.email} is disabled.`);
    const { token, tokenHash } = newSecret(ctx);
    const now = ctx.now();
    const expiresAt = new Date(now.getTime() + LINK_MS);
    // An older link of the same person must not go on working beside the new one.
    await expireLinks(tx, target.id, 'set-password', now);
    await insertLink(tx, {
      id: ctx.newId(),
      tokenHash,
      personId: target.id,
      purpose: 'set-password',
      createdAt: now,
      expiresAt,
    });
    await recordAudit(tx, ctx, { action: 'person.linkMade', entityKind: 'person', entityId: target.id });
    return { url: `${webUrl}/set-password?token=${token}`, token, expiresAt };
  }

  /** Stores a new password; every open session of the person ends. */
  async function storePassword(tx: Queryable, ctx: ServiceContext, personId: string, passwordHash: string) {
    await setPasswordHash(tx, personId, passwordHash);
    // Whoever sets it got a link: by mail to the address, or from an operator who vouches for it.
    await markProved(tx, personId, ctx.now());
    await revokeSessions(tx, personId, {}, ctx.now());
    await recordAudit(tx, ctx, { action: 'person.passwordSet', entityKind: 'person', entityId: personId });
  }

  return {
    ...createPasswordLinks({ db, webUrl }),
    ...createOwnAddress({ db, webUrl }),
    ...createIdentities({ db, providers, signUp }),

    /** Opens a session; see `sign-in.ts`. */
    signIn: (ctx: ServiceContext, input: SignInInput) => signIn(db, ctx, input),

    /** Who a session id stands for now, or null. Asked on every request. */
    principalOfSession: (sessionId: string, now: Date) => principalOfSession(db, sessionId, now),

    /** False once the caller's session has ended; for streams that outlive a request. Agents and the system have no session. */
    isSessionLive: async (ctx: ServiceContext): Promise<boolean> =>
      ctx.principal.kind !== 'person' ||
      (await principalOfSession(db, ctx.principal.sessionId, ctx.now())) !== null,

    /** Whether somebody can administer this installation; the sign-in page tells how to make one when not. */
    hasAdmin: () => anyAdmin(db),

    /** Accounts of a demo, to be picked on its sign-in page (never their passwords); empty in a real installation. */
    demoAccounts: async () => (demo ? firstPeople(db, 12) : []),

    /** For the operator and the seed: the person with this e-mail, made when there is none. */
    async createPerson(ctx: ServiceContext, input: { email: string; name?: string }) {
      requireSystem(ctx);
      const { person, made } = await db.transaction((tx) => ensurePerson(tx, ctx, input));
      return { personId: person.id, email: person.email, name: person.name, made };
    },

    /** For the operator: who has this e-mail. NOT_FOUND when nobody has. */
    async findByEmail(ctx: ServiceContext, input: { email: string }): Promise<{ id: string; email: string }> {
      requireSystem(ctx);
      const row = await personByEmail(db, cleanEmail(input.email));
      if (!row) throw new AppError('NOT_FOUND', `Nobody has the e-mail ${input.email.trim()}.`);
      return { id: row.id, email: row.email };
    },

    /** For the operator: a link with which the person sets a password, valid once and for 48 hours. */
    async createOneTimeLink(ctx: ServiceContext, input: { email: string }): Promise<OneTimeLink> {
      requireSystem(ctx);
      return db.transaction(async (tx) => {
        const row = await personByEmail(tx, cleanEmail(input.email));
        if (!row) throw new AppError('NOT_FOUND', `Nobody has the e-mail ${input.email.trim()}.`);
        return makeLink(tx, ctx, row);
      });
    },

    /**
     * For the operator (`npm run admin -- create EMAIL`): makes the person when needed, and the facility when this is a new
     * installation, makes them an admin of it, and returns a link to set a password; `made` and `became` tell what was new.
     */
    async createAdminLink(
      ctx: ServiceContext,
      input: { email: string; name?: string },
    ): Promise<OneTimeLink & { email: string; made: boolean; became: boolean }> {
      requireSystem(ctx);
      return db.transaction(async (tx) => {
        const { person, made } = await ensurePerson(tx, ctx, input);
        let home = await firstFacility(tx);
        if (!home) {
          home = await insertFacility(tx, {
            id: ctx.newId(),
            code: 'FAC',
            name: 'Our facility',
            timeZone: 'UTC',
            createdAt: ctx.now(),
          });
          await recordAudit(tx, ctx, {
            action: 'facility.created',
            entityKind: 'facility',
            entityId: home.id,
          });
        }
        const became = await insertAdmin(tx, {
          facilityId: home.id,
          personId: person.id,
          createdAt: ctx.now(),
        });
        if (became) {
          await recordAudit(tx, ctx, {
            action: 'facility.adminNamed',
            entityKind: 'facility',
            entityId: home.id,
            detail: { personId: person.id },
          });
        }
        return { ...(await makeLink(tx, ctx, person)), email: person.email, made, became };
      });
    },

    /** For the seed of a demo: sets a password without a link. The strength rule holds here too. */
    async setInitialPassword(
      ctx: ServiceContext,
      input: { personId: string; password: string },
    ): Promise<void> {
      requireSystem(ctx);
      const row = await personById(db, input.personId);
      if (!row) throw new AppError('NOT_FOUND', 'There is no such person.');
      assertPasswordStrength(input.password, row.email);
      const passwordHash = await hashPassword(input.password);
      await db.transaction((tx) => storePassword(tx, ctx, row.id, passwordHash));
    },

    /** Whose password a link sets, or null when it was used, has expired or never was. Does not use it up. */
    async linkTarget(
      ctx: ServiceContext,
      input: { token: string },
    ): Promise<{ email: string; name: string } | null> {
      const row = await personOfLink(db, hashOfSecret(input.token), ctx.now());
      return row ? { email: row.email, name: row.name } : null;
    },

    /** Sets the password with a one-time link and ends every session of that person. LINK_EXPIRED when it does not work. */
    async setPassword(
      ctx: ServiceContext,
      input: { token: string; password: string },
    ): Promise<{ email: string }> {
      const tokenHash = hashOfSecret(input.token);
      const row = await personOfLink(db, tokenHash, ctx.now());
      const expired = new AppError('LINK_EXPIRED', 'This link was used or has expired. Ask for a new one.');
      if (!row) throw expired;
      assertPasswordStrength(input.password, row.email);
      const passwordHash = await hashPassword(input.password);
      await db.transaction(async (tx) => {
        if (!(await consumeLink(tx, tokenHash, 'set-password', ctx.now()))) throw expired;
        await storePassword(tx, actingAs(ctx, row), row.id, passwordHash);
        const home = await firstFacility(tx);
        await writeMail(tx, ctx, {
          dedupeKey: `password-changed:${tokenHash}`,
          ...{ kind: 'password-changed' as const, to: row.email, personId: row.id },
          body: passwordChangedMail({ name: row.name, timeZone: home?.timeZone ?? 'UTC' }, ctx.now()),
          uselessAt: new Date(ctx.now().getTime() + KEEP_NEWS_MS),
        });
      });
      return { email: row.email };
    },

    async profile(ctx: ServiceContext): Promise<Profile> {
      const { personId, sessionId, name, email } = requirePerson(ctx);
      const [isAdmin, instruments, home, issuer] = await Promise.all([
        administers(db, personId),
        instrumentsStaffedBy(db, personId),
        firstFacility(db),
        issuerOfSession(db, sessionId),
      ]);
      const facility = home && { name: home.name, code: home.code, timeZone: home.timeZone };
      const signedInThrough = providers.find((provider) => provider.issuer === issuer)?.slot ?? null;
      return {
        ...{ personId, name, email, isAdmin, seesMails: demo || isAdmin },
        ...{ instruments, facility, signedInThrough },
      };
    },

    /** Open sessions of the caller, the most recently used first. */
    async listSessions(ctx: ServiceContext): Promise<SessionView[]> {
      const { personId, sessionId } = requirePerson(ctx);
      const rows = await liveSessionsOf(db, personId, ctx.now());
      return rows.map((row) => ({
        sessionId: row.id,
        current: row.id === sessionId,
        createdAt: row.createdAt,
        lastSeenAt: row.lastSeenAt,
        expiresAt: row.expiresAt,
        userAgent: row.userAgent,
        ip: row.ip,
      }));
    },

    /** Ends one session of the caller; somebody else's is NOT_FOUND. */
    async revokeSession(ctx: ServiceContext, input: { sessionId: string }): Promise<void> {
      const { personId } = requirePerson(ctx);
      await db.transaction(async (tx) => {
        const ended = await revokeSessions(tx, personId, { only: input.sessionId }, ctx.now());
        if (ended.length === 0) throw new AppError('NOT_FOUND', 'This session has ended already.');
        await recordAudit(tx, ctx, {
          action: 'session.revoked',
          entityKind: 'person',
          entityId: personId,
          detail: { sessions: ended },
        });
      });
    },

    /** Ends every session of the caller, this one too unless `keepThis`. Returns how many ended. */
    async revokeAllSessions(ctx: ServiceContext, input: { keepThis: boolean }): Promise<number> {
      const { personId, sessionId } = requirePerson(ctx);
      return db.transaction(async (tx) => {
        const except = input.keepThis ? sessionId : undefined;
        const ended = await revokeSessions(tx, personId, except ? { except } : {}, ctx.now());
        await recordAudit(tx, ctx, {
          action: 'session.revokedAll',
          entityKind: 'person',
          entityId: personId,
          detail: { count: ended.length },
        });
        return ended.length;
      });
    },
  };
}

export type PeopleService = ReturnType<typeof createPeopleService>;
