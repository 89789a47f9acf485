import { AppError } from '#src/shared/errors/app-error.ts';
import type { Database, Queryable } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { experimentsThatInvite } from '../invitations/experiments-that-invite.ts';
import { writeMail } from '../mail/write-mail.ts';
import {
  consumeProof,
  deleteIdentity,
  findProof,
  identitiesOf,
  identityBySubject,
  insertIdentity,
  insertProof,
  lockPerson,
  type ProofRow,
  touchIdentity,
} from './identity.repository.ts';
import type { Arrival, IdentityAtDoor, ProvenIdentity, ProviderName, SignInWays } from './identity.types.ts';
import { openAccount } from './open-account.ts';
import { requirePerson } from './people.policy.ts';
import { firstFacility, personByEmail, personById } from './people.repository.ts';
import type { SignedIn } from './people.types.ts';
import { wayAddedMail, wayTakenMail } from './people-mails.ts';
import { hashOfSecret, newSecret } from './secret-link.ts';
import { revokeSessions } from './session.repository.ts';
import { openSession } from './sign-in.ts';
import { assertFreshSession, assertOwnPassword, isFreshSession } from './still-them.ts';

export type { ProviderName } from './identity.types.ts';

/** Long enough to look a password up, or to have a link to a new one mailed. */
export const PROOF_MS = 30 * 60 * 1000;
const KEEP_NEWS_MS = 3 * 24 * 3600 * 1000;

const gone = () =>
  new AppError(
    'LINK_EXPIRED',
    'Too much time has passed since you came from there. Sign in through it again.',
  );
const linkedElsewhere = (provider: string) =>
  new AppError(
    'CONFLICT',
    `This account at ${provider} is linked to another account here. Sign in with that one.`,
  );

/**
 * Signing in through a provider of OpenID Connect. Who somebody is there is linked to an account here by that person's own consent, given while
 * signed in to it; that an address is the same links nothing, since addresses move on and not every provider proves them.
 */
export function createIdentities({
  db,
  providers,
  signUp,
}: {
  db: Database;
  providers: readonly ProviderName[];
  signUp: boolean;
}) {
  const nameOf = (issuer: string) =>
    providers.find((each) => each.issuer === issuer)?.name ?? new URL(issuer).hostname;
  const slotOf = (issuer: string) => providers.find((each) => each.issuer === issuer)?.slot ?? issuer;
  const labelOf = ({ email, name, subject }: Pick<ProofRow, 'email' | 'name' | 'subject'>) =>
    (email ?? name ?? subject).slice(0, 320);

  /** Which experiments wait for somebody of this verified address; null when no account may be made for it. */
  async function welcome(q: Queryable, ctx: ServiceContext, proof: ProofRow): Promise<string[] | null> {
    if (proof.email === null || !proof.isEmailVerified) return null;
    const codes = await experimentsThatInvite(q, ctx, proof.email);
    return signUp || codes.length > 0 ? codes : null;
  }

  return {
    /**
     * Somebody comes back from a provider, which has proved who they are there. Whoever is linked gets a session; for anybody else what was proved
     * is kept under a token until they have said what they want. NOT_ALLOWED for a disabled account; CONFLICT when the caller is signed in as
     * somebody else than the one it is linked to.
     */
    async arrive(
      ctx: ServiceContext,
      input: { proven: ProvenIdentity; ip: string; userAgent: string | null },
    ): Promise<Arrival> {
      const { proven, ip, userAgent } = input;
      const known = await identityBySubject(db, proven);
      const now = ctx.now();
      if (!known) {
        const { token, tokenHash } = newSecret(ctx);
        const expiresAt = new Date(now.getTime() + PROOF_MS);
        await insertProof(db, { ...proven, id: ctx.newId(), tokenHash, createdAt: now, expiresAt });
        return { kind: 'unknown', token, expiresAt };
      }
      if (ctx.principal.kind === 'person') {
        if (ctx.principal.personId !== known.person.id) throw linkedElsewhere(nameOf(proven.issuer));
        return { kind: 'linked' };
      }
      if (known.person.disabledAt !== null) {
        await recordAudit(db, ctx, {
          action: 'session.refused',
          entityKind: 'person',
          entityId: known.person.id,
          detail: { ip, provider: slotOf(proven.issuer), outcome: 'disabled' },
        });
        throw new AppError('NOT_ALLOWED', 'This account is disabled. Ask the facility.');
      }
      const signedIn = await db.transaction(async (tx) => {
        await touchIdentity(tx, known.identity.id, { label: labelOf(proven), lastUsedAt: now });
        const through = { identityId: known.identity.id, provider: slotOf(proven.issuer) };
        return openSession(tx, ctx, known.person, { ip, userAgent, through });
      });
      return { kind: 'session', signedIn };
    },

    /** Nobody could be proved: what a provider sent, or did not send, stands in the audit. */
    async recordRefusal(
      ctx: ServiceContext,
      input: { provider: string; outcome: string; ip: string },
    ): Promise<void> {
      await recordAudit(db, ctx, {
        action: 'session.refused',
        entityKind: 'person',
        entityId: null,
        detail: input,
      });
    },

    /** What somebody whom no account is linked to may do; uses nothing up. For whoever holds the token, signed in or not. */
    async identityAtDoor(ctx: ServiceContext, input: { token: string }): Promise<IdentityAtDoor> {
      const proof = await findProof(db, hashOfSecret(input.token), ctx.now());
      if (!proof) return { state: 'gone' };
      const told = { provider: nameOf(proof.issuer), label: labelOf(proof) };
      if (ctx.principal.kind === 'person') {
        const me = (await personById(db, ctx.principal.personId))!;
        const asks = !(await isFreshSession(db, ctx));
        const proofOfSelf = asks ? (me.passwordHash === null ? 'sign-in' : 'password') : 'none';
        return { state: 'link', ...told, you: { name: me.name, email: me.email }, asks: proofOfSelf };
      }
      const { email, isEmailVerified } = proof;
      if (email === null || !isEmailVerified) return { state: 'unverified', ...told };
      if (await personByEmail(db, email)) return { state: 'account', ...told, email };
      const codes = await welcome(db, ctx, proof);
      if (codes === null) return { state: 'uninvited', ...told, email };
      return { state: 'join', ...told, email, name: proof.name ?? '', codes };
    },

    /**
     * The caller wants to sign in through what was proved from now on. `password` is needed unless they have just signed in. CONFLICT when it is
     * linked to another account.
     */
    async linkIdentity(
      ctx: ServiceContext,
      input: { token: string; password?: string; ip: string },
    ): Promise<{ provider: string }> {
      const { personId } = requirePerson(ctx);
      const { passwordHash } = (await personById(db, personId))!;
      if (!(await isFreshSession(db, ctx))) {
        if (passwordHash === null) await assertFreshSession(db, ctx);
        else await assertOwnPassword(db, ctx, { password: input.password ?? '', ip: input.ip });
      }
      const home = await firstFacility(db);
      return db.transaction(async (tx) => {
        const now = ctx.now();
        const proof = await consumeProof(tx, hashOfSecret(input.token), now);
        if (!proof) throw gone();
        const person = (await lockPerson(tx, personId))!;
        const { issuer, subject } = proof;
        const provider = nameOf(issuer);
        const id = ctx.newId();
        const row = { id, personId, issuer, subject, label: labelOf(proof), createdAt: now, lastUsedAt: now };
        if (!(await insertIdentity(tx, row))) throw linkedElsewhere(provider);
        await recordAudit(tx, ctx, {
          ...{ action: 'identity.linked', entityKind: 'person', entityId: personId },
          detail: { provider: slotOf(issuer), label: row.label },
        });
        await writeMail(tx, ctx, {
          ...{
            dedupeKey: `identity-linked:${id}`,
            kind: 'sign-in-ways' as const,
            to: person.email,
            personId,
          },
          body: wayAddedMail({ name: person.name, timeZone: home?.timeZone ?? 'UTC' }, provider, now),
          uselessAt: new Date(now.getTime() + KEEP_NEWS_MS),
        });
        return { provider };
      });
    },

    /** A new account for the address that the provider vouches for, and a session of it. NOT_ALLOWED unless somebody invited it, or anybody may. */
    async joinByIdentity(
      ctx: ServiceContext,
      input: { token: string; name: string; ip: string; userAgent: string | null },
    ): Promise<SignedIn> {
      return db.transaction(async (tx) => {
        const now = ctx.now();
        const proof = await consumeProof(tx, hashOfSecret(input.token), now);
        if (!proof) throw gone();
        const { issuer, subject, email } = proof;
        if (email === null || (await welcome(tx, ctx, proof)) === null) {
          throw new AppError(
            'NOT_ALLOWED',
            'Nobody has invited this address, so no account can be made for it.',
          );
        }
        const id = await openAccount(tx, ctx, { email, name: input.name, passwordHash: null });
        const identityId = ctx.newId();
        const row = { id: identityId, personId: id, issuer, subject, label: labelOf(proof) };
        if (!(await insertIdentity(tx, { ...row, createdAt: now, lastUsedAt: now }))) {
          throw linkedElsewhere(nameOf(issuer));
        }
        const through = { identityId, provider: slotOf(issuer) };
        return openSession(tx, ctx, { id, name: input.name, email }, { ...input, through });
      });
    },

    /** By what the caller can sign in, and by what else they could. */
    async signInWays(ctx: ServiceContext): Promise<SignInWays> {
      const { personId } = requirePerson(ctx);
      const [person, rows] = await Promise.all([personById(db, personId), identitiesOf(db, personId)]);
      return {
        hasPassword: person!.passwordHash !== null,
        identities: rows.map(({ id, issuer, label, createdAt, lastUsedAt }) => ({
          ...{ identityId: id, provider: nameOf(issuer), label, createdAt, lastUsedAt },
          isUsable: providers.some((each) => each.issuer === issuer),
        })),
        providers: providers.map(({ slot, name }) => ({ slot, name })),
      };
    },

    /**
     * The caller does not sign in through it any more; sessions that came through it end, but for this one. CONFLICT for the last way in: an
     * account must stay its owner's.
     */
    async unlinkIdentity(ctx: ServiceContext, input: { identityId: string }): Promise<void> {
      const { personId, sessionId } = requirePerson(ctx);
      const home = await firstFacility(db);
      await db.transaction(async (tx) => {
        const person = (await lockPerson(tx, personId))!;
        const rows = await identitiesOf(tx, personId);
        const row = rows.find(({ id }) => id === input.identityId);
        if (!row) throw new AppError('NOT_FOUND', 'This is not linked to your account, or not any more.');
        const others = rows.filter(
          ({ id, issuer }) => id !== row.id && providers.some((each) => each.issuer === issuer),
        );
        if (person.passwordHash === null && others.length === 0) {
          throw new AppError(
            'CONFLICT',
            'It is the only way into your account. Set a password first: the sign-in page sends you a link for that.',
          );
        }
        const now = ctx.now();
        const ended = await revokeSessions(tx, personId, { through: row.id, except: sessionId }, now);
        await deleteIdentity(tx, personId, row.id);
        await recordAudit(tx, ctx, {
          ...{ action: 'identity.unlinked', entityKind: 'person', entityId: personId },
          detail: { provider: slotOf(row.issuer), label: row.label, sessions: ended.length },
        });
        await writeMail(tx, ctx, {
          dedupeKey: `identity-unlinked:${row.id}`,
          ...{ kind: 'sign-in-ways' as const, to: person.email, personId },
          body: wayTakenMail(
            { name: person.name, timeZone: home?.timeZone ?? 'UTC' },
            nameOf(row.issuer),
            now,
          ),
          uselessAt: new Date(now.getTime() + KEEP_NEWS_MS),
        });
      });
    },
  };
}
