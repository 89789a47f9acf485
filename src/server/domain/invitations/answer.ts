import { AppError } from '#src/shared/errors/app-error.ts';
import type { GivenRole } from '#src/shared/permissions/permission-table.ts';
import type { Database, Queryable, Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { letIn } from '../experiments/let-in.ts';
import { withdrawMail } from '../mail/write-mail.ts';
import { openAccount } from '../people/open-account.ts';
import { assertPasswordStrength, hashPassword } from '../people/password-hash.ts';
import { requirePerson } from '../people/people.policy.ts';
import { hashOfSecret } from '../people/secret-link.ts';
import { actingAs } from '../people/sign-in.ts';
import { countsStill } from './counts-still.ts';
import {
  type Account,
  accountByEmail,
  accountById,
  answerInvitation,
  countSessions,
  findByToken,
  findInvitation,
  type InvitationFacts,
  pendingFor,
} from './invitation.repository.ts';
import { tellInvitation } from './invite.ts';
import { mailKey } from './write-invitation.ts';

/** What somebody has come into. */
export interface Joined {
  code: string;
  kind: 'experiment' | 'project';
}

/** What the page of a link shows. Who holds the link holds the mail, so the address it went to is no secret there. */
export type InvitationAtDoor =
  | { state: 'unknown' }
  /** `joined`: by the one who asks; `used`: by somebody. */
  | {
      state: 'expired' | 'revoked' | 'declined' | 'used' | 'joined' | 'void';
      code: string;
      kind: Joined['kind'];
      inviterName: string;
    }
  | {
      state: 'open';
      code: string;
      kind: Joined['kind'];
      /** Null: of a project. */
      instrumentName: string | null;
      facilityName: string;
      inviterName: string;
      role: GivenRole;
      /** Where the mail went. */
      address: string;
      hasAccount: boolean;
      /** The one who is signed in; `isInvited`: they are who was meant. */
      you: { name: string; email: string; isInvited: boolean } | null;
      expiresAt: Date;
      timeZone: string;
    };

export interface InvitationToMe extends Joined {
  invitationId: string;
  /** Null: of a project. */
  instrumentName: string | null;
  role: GivenRole;
  inviterName: string;
  expiresAt: Date;
}

const isMeant = ({ invitation }: InvitationFacts, { id, provedEmail }: Account): boolean =>
  invitation.personId === id ||
  (invitation.email !== null &&
    provedEmail !== null &&
    invitation.email.toLowerCase() === provedEmail.toLowerCase());

const inviterNameOf = ({ inviter, facility }: InvitationFacts) => inviter?.name ?? facility.name;

/** Throws with a clear sentence unless it may be answered now. */
async function assertOpen(q: Queryable, ctx: ServiceContext, facts: InvitationFacts): Promise<void> {
  const { invitation } = facts;
  const inviter = inviterNameOf(facts);
  if (invitation.state === 'accepted')
    throw new AppError('LINK_EXPIRED', 'This invitation was accepted already.');
  if (invitation.state === 'revoked')
    throw new AppError('LINK_EXPIRED', `${inviter} has taken this invitation back.`);
  if (invitation.state === 'declined') throw new AppError('LINK_EXPIRED', 'This invitation was declined.');
  if (invitation.state === 'expired' || invitation.expiresAt <= ctx.now()) {
    throw new AppError('LINK_EXPIRED', `This invitation has expired. Ask ${inviter} to send it again.`);
  }
  if (!(await countsStill(q, ctx, facts))) {
    throw new AppError('LINK_EXPIRED', `${inviter} may not invite to it any more. Ask somebody else in it.`);
  }
}

export function createAnswering({ db }: { db: Database }) {
  /** In the experiment from now on, whatever page is open where; who is in it already keeps the role they have. */
  async function acceptAs(tx: Transaction, ctx: ServiceContext, facts: InvitationFacts, personId: string) {
    const { invitation, experiment } = facts;
    const accepted = await answerInvitation(tx, invitation.id, 'accepted', { at: ctx.now(), personId });
    if (!accepted) throw new AppError('LINK_EXPIRED', 'This invitation was answered already.');
    await withdrawMail(tx, mailKey(accepted));
    const { experimentId, role, invitedBy, origin } = invitation;
    const isNew = await letIn(tx, ctx, { experimentId, personId, role, origin, addedBy: invitedBy });
    await recordAudit(tx, ctx, {
      action: 'invitation.accepted',
      entityKind: 'invitation',
      entityId: invitation.id,
      experimentId,
      detail: { personId, role, wasIn: !isNew },
    });
    await tellInvitation(tx, ctx, accepted);
    return { code: experiment.code, kind: experiment.kind };
  }

  async function myself(q: Queryable, ctx: ServiceContext): Promise<Account> {
    return (await accountById(q, requirePerson(ctx).personId))!;
  }

  async function byToken(q: Queryable, token: string): Promise<InvitationFacts> {
    const facts = await findByToken(q, hashOfSecret(token));
    if (!facts) {
      throw new AppError(
        'LINK_EXPIRED',
        'This link does not work: it is incomplete, or a newer one was sent.',
      );
    }
    return facts;
  }

  /** By its id, for the one who was meant; for everybody else there is no such invitation. */
  async function mine(q: Queryable, ctx: ServiceContext, invitationId: string) {
    const me = await myself(q, ctx);
    const facts = await findInvitation(q, invitationId);
    if (!facts || !isMeant(facts, me)) {
      throw new AppError('NOT_FOUND', 'There is no such invitation, or it is not for you.');
    }
    await assertOpen(q, ctx, facts);
    return { me, facts };
  }

  return {
    /** What a link leads to; uses nothing up. For whoever holds it, signed in or not. */
    async atDoor(ctx: ServiceContext, input: { token: string }): Promise<InvitationAtDoor> {
      const facts = await findByToken(db, hashOfSecret(input.token));
      if (!facts) return { state: 'unknown' };
      const { invitation, experiment, instrumentName, facility } = facts;
      const { code, kind } = experiment;
      const place = { code, kind, inviterName: inviterNameOf(facts) };
      const me = ctx.principal.kind === 'person' ? await accountById(db, ctx.principal.personId) : null;
      if (invitation.state === 'accepted') {
        return { state: me !== null && invitation.answeredBy === me.id ? 'joined' : 'used', ...place };
      }
      if (invitation.state !== 'pending') return { state: invitation.state, ...place };
      if (invitation.expiresAt <= ctx.now()) return { state: 'expired', ...place };
      if (!(await countsStill(db, ctx, facts))) return { state: 'void', ...place };
      const address = invitation.email ?? facts.named?.email ?? '';
      return {
        ...{ state: 'open', ...place, role: invitation.role, address },
        ...{ instrumentName, facilityName: facility.name },
        hasAccount: (await accountByEmail(db, address)) !== null,
        you: me && { name: me.name, email: me.email, isInvited: isMeant(facts, me) },
        ...{ expiresAt: invitation.expiresAt, timeZone: facility.timeZone },
      };
    },

    /**
     * Accepts by the link. Whoever was not meant (another address, another name) must say `asMyself`: the mail was passed on, and that stays
     * recorded. LINK_EXPIRED with the reason when the link is of no use.
     */
    async accept(ctx: ServiceContext, input: { token: string; asMyself: boolean }): Promise<Joined> {
      return db.transaction(async (tx) => {
        const me = await myself(tx, ctx);
        const facts = await byToken(tx, input.token);
        await assertOpen(tx, ctx, facts);
        if (!isMeant(facts, me) && !input.asMyself) {
          throw new AppError(
            'CONFLICT',
            'This invitation was sent to somebody else. Say that you want to accept it as yourself.',
          );
        }
        return acceptAs(tx, ctx, facts, me.id);
      });
    },

    /** A new account for the address that the mail went to, proved by the link, and in the experiment. CONFLICT when there is an account. */
    async join(
      ctx: ServiceContext,
      input: { token: string; name: string; password: string },
    ): Promise<Joined & { email: string }> {
      const { invitation } = await byToken(db, input.token);
      const { email } = invitation;
      if (email === null)
        throw new AppError('CONFLICT', 'This invitation is for an account. Sign in to accept it.');
      assertPasswordStrength(input.password, email);
      const passwordHash = await hashPassword(input.password);
      return db.transaction(async (tx) => {
        const facts = await byToken(tx, input.token);
        await assertOpen(tx, ctx, facts);
        const personId = await openAccount(tx, ctx, { email, name: input.name, passwordHash });
        const joined = actingAs(ctx, { id: personId, name: input.name, email });
        return { ...(await acceptAs(tx, joined, facts, personId)), email };
      });
    },

    /** Invitations that the caller may answer, the newest first. */
    async mine(ctx: ServiceContext): Promise<InvitationToMe[]> {
      const me = await myself(db, ctx);
      const rows = await pendingFor(db, me, ctx.now());
      const counting = await Promise.all(rows.map((facts) => countsStill(db, ctx, facts)));
      return rows
        .filter((_, index) => counting[index])
        .map((facts) => ({
          invitationId: facts.invitation.id,
          code: facts.experiment.code,
          kind: facts.experiment.kind,
          instrumentName: facts.instrumentName,
          role: facts.invitation.role,
          inviterName: inviterNameOf(facts),
          expiresAt: facts.invitation.expiresAt,
        }));
    },

    /** Accepts an invitation to the caller's own proved address or name. */
    async acceptMine(ctx: ServiceContext, input: { invitationId: string }): Promise<Joined> {
      return db.transaction(async (tx) => {
        const { me, facts } = await mine(tx, ctx, input.invitationId);
        return acceptAs(tx, ctx, facts, me.id);
      });
    },

    async decline(ctx: ServiceContext, input: { invitationId: string }): Promise<void> {
      await db.transaction(async (tx) => {
        const { me, facts } = await mine(tx, ctx, input.invitationId);
        const { id, experimentId } = facts.invitation;
        const declined = await answerInvitation(tx, id, 'declined', { at: ctx.now(), personId: me.id });
        if (!declined) throw new AppError('CONFLICT', 'This invitation was answered already.');
        await withdrawMail(tx, mailKey(declined));
        await recordAudit(tx, ctx, {
          ...{ action: 'invitation.declined', entityKind: 'invitation', entityId: id },
          experimentId,
        });
        await tellInvitation(tx, ctx, declined);
      });
    },

    /**
     * At the first sign-in of somebody: what waits for their proved address is accepted. At later ones they are asked, as they may have been
     * invited where they do not want to be.
     */
    async acceptAtFirstSignIn(ctx: ServiceContext): Promise<number> {
      return db.transaction(async (tx) => {
        const me = await myself(tx, ctx);
        if ((await countSessions(tx, me.id)) > 1) return 0;
        let accepted = 0;
        for (const facts of await pendingFor(tx, me, ctx.now())) {
          if (!(await countsStill(tx, ctx, facts))) continue;
          await acceptAs(tx, ctx, facts, me.id);
          accepted += 1;
        }
        return accepted;
      });
    },
  };
}
