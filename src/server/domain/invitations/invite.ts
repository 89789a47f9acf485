import { AppError } from '#src/shared/errors/app-error.ts';
import { OFFER_DAYS } from '#src/shared/model/invitation.ts';
import type { MailState } from '#src/shared/model/mail.ts';
import { parseUserName } from '#src/shared/model/user-name.ts';
import type { GivenRole } from '#src/shared/permissions/permission-table.ts';
import type { Database, Queryable, Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { requireContainer } from '../experiments/experiment.policy.ts';
import { rightToGive } from '../experiments/let-in.ts';
import { plainLine } from '../mail/compose-mail.ts';
import { mailStatesOf, withdrawMail } from '../mail/write-mail.ts';
import { notify, waysToTell } from '../notifications/notify.ts';
import { cleanEmail } from '../people/email-address.ts';
import { newSecret } from '../people/secret-link.ts';
import {
  accountByEmail,
  accountById,
  accountByUserName,
  answerInvitation,
  countSentBy,
  expireInvitations,
  findInvitation,
  type InvitationRow,
  type Invitee,
  insertInvitation,
  memberLike,
  pendingOf,
  placeOf,
  renewInvitation,
} from './invitation.repository.ts';
import { mailKey, writeInvitation } from './write-invitation.ts';

const DAY_MS = 24 * 3600 * 1000;
const HOUR_MS = 3600 * 1000;
/** Mails that one person may have sent by inviting, so that nobody's mailbox is flooded from here. */
const MOST_PER_HOUR = 100;
const MOST_SENDS = 10;
const RESEND_AFTER_MS = 60 * 1000;

export interface InvitationView {
  invitationId: string;
  /** The address, or the user name, as it was typed. */
  to: string;
  role: GivenRole;
  invitedBy: { personId: string; name: string } | null;
  sentAt: Date;
  expiresAt: Date;
  isExpired: boolean;
  /** Of an invitation by address: how far its mail has come. Of one by user name nothing, or it would tell whether there is such an account. */
  mail: { state: MailState; lastError: string | null } | null;
}

/** Tells everybody in the experiment, and who was invited where that is somebody's proved address or name, that an invitation has changed. */
export async function tellInvitation(
  tx: Transaction,
  ctx: ServiceContext,
  row: InvitationRow,
): Promise<void> {
  const account = row.personId
    ? await accountById(tx, row.personId)
    : row.email
      ? await accountByEmail(tx, row.email)
      : null;
  const isTheirs = account !== null && (row.personId !== null || account.provedEmail !== null);
  await publish(tx, ctx, {
    topics: [`experiment:${row.experimentId}`, ...(isTheirs ? [`person:${account.id}` as const] : [])],
    kind: 'invitation.changed',
    data: { experimentId: row.experimentId },
  });
  if (isTheirs && row.state === 'pending') await notifyInvitee(tx, ctx, row, account.id);
}

/** In the app, once however often the mail is sent. It says who asks, and not into what: that the page of the invitation says. */
async function notifyInvitee(
  tx: Transaction,
  ctx: ServiceContext,
  row: InvitationRow,
  personId: string,
): Promise<void> {
  const ways = await waysToTell(tx, [personId], 'invitation');
  if (!ways(personId).app) return;
  const inviter = row.invitedBy ? await accountById(tx, row.invitedBy) : null;
  const { facilityName } = await placeOf(tx, row.experimentId);
  await notify(tx, ctx, {
    ...{ personId, kind: 'invitation', dedupeKey: `invitation:${row.id}`, link: '/experiments' },
    text: `${plainLine(inviter?.name ?? facilityName)} invites you. Accept or decline at the top of any page.`,
  });
}

/** By address or by user name. */
async function inviteeOf(q: Queryable, typed: string): Promise<Invitee> {
  if (typed.includes('@')) return { email: cleanEmail(typed, 'to') };
  const userName = parseUserName(typed);
  if (userName === null) {
    const message = 'Write an e-mail address or a user name.';
    throw new AppError('BAD_INPUT', { message, details: { fields: { to: message } } });
  }
  return { userName, personId: (await accountByUserName(q, userName))?.id ?? null };
}

export function createInviting({ db, webUrl }: { db: Database; webUrl: string }) {
  const linkWith = (token: string) => `${webUrl}/invitation?token=${token}`;

  async function assertNotTooMany(tx: Transaction, ctx: ServiceContext): Promise<void> {
    const personId = actingPerson(ctx);
    if (personId === null) return;
    const sent = await countSentBy(tx, personId, new Date(ctx.now().getTime() - HOUR_MS));
    if (sent < MOST_PER_HOUR) return;
    throw new AppError('TOO_MANY_REQUESTS', {
      message: `You have sent ${sent} invitations within an hour. Go on in an hour.`,
      retryAfterS: HOUR_MS / 1000,
    });
  }

  /** The invitation, still pending, when the caller made it or may give its role. */
  async function ownPending(
    tx: Transaction,
    ctx: ServiceContext,
    invitationId: string,
  ): Promise<InvitationRow> {
    const found = await findInvitation(tx, invitationId);
    const hidden = new AppError('NOT_FOUND', 'There is no such invitation, or it is not yours to see.');
    if (!found) {
      if (ctx.principal.kind === 'anonymous') throw new AppError('NOT_SIGNED_IN');
      throw hidden;
    }
    const row = found.invitation;
    try {
      await requireContainer(tx, ctx, row.experimentId, 'experiment.view');
    } catch (error) {
      if (error instanceof AppError && error.code === 'NOT_FOUND') throw hidden;
      throw error;
    }
    if (row.invitedBy === null || row.invitedBy !== actingPerson(ctx)) {
      await requireContainer(tx, ctx, row.experimentId, rightToGive(row.role));
    }
    if (row.state !== 'pending') {
      throw new AppError('CONFLICT', `This invitation was ${row.state} already.`);
    }
    return row;
  }

  return {
    /**
     * Invites by e-mail address or user name, with a role that the caller may give. The answer is the same whether there is such an account or
     * not. ALREADY_DONE when the person is invited already, CONFLICT when in the experiment already, which the caller can see anyway.
     */
    async invite(
      ctx: ServiceContext,
      input: { experimentId: string; to: string; role: GivenRole },
    ): Promise<{ invitationId: string; to: string; expiresAt: Date }> {
      return db.transaction(async (tx) => {
        await requireContainer(tx, ctx, input.experimentId, rightToGive(input.role));
        const to = await inviteeOf(tx, input.to);
        const member = await memberLike(tx, input.experimentId, to);
        if (member) {
          throw new AppError('CONFLICT', `${member.name} is in it already, as ${member.role}.`);
        }
        await assertNotTooMany(tx, ctx);
        const now = ctx.now();
        await expireInvitations(tx, input.experimentId, to, now);
        const { token, tokenHash } = newSecret(ctx);
        const row: InvitationRow = {
          id: ctx.newId(),
          experimentId: input.experimentId,
          email: 'email' in to ? to.email : null,
          userName: 'userName' in to ? to.userName : null,
          personId: 'userName' in to ? to.personId : null,
          role: input.role,
          origin: 'person',
          state: 'pending',
          tokenHash,
          invitedBy: actingPerson(ctx),
          createdAt: now,
          sentAt: now,
          sends: 1,
          expiresAt: new Date(now.getTime() + OFFER_DAYS * DAY_MS),
          answeredAt: null,
          answeredBy: null,
        };
        const typed = row.email ?? row.userName!;
        if (!(await insertInvitation(tx, row))) {
          throw new AppError(
            'ALREADY_DONE',
            `${typed} is invited already. Send the invitation again from the list.`,
          );
        }
        await writeInvitation(tx, ctx, row, linkWith(token));
        await recordAudit(tx, ctx, {
          action: 'invitation.made',
          entityKind: 'invitation',
          entityId: row.id,
          experimentId: row.experimentId,
          detail: { role: row.role, by: 'email' in to ? 'address' : 'user name' },
        });
        await tellInvitation(tx, ctx, row);
        return { invitationId: row.id, to: typed, expiresAt: row.expiresAt };
      });
    },

    /** Those that wait for their answer, run out ones too until they are sent again or withdrawn; the newest first. */
    async list(ctx: ServiceContext, input: { experimentId: string }): Promise<InvitationView[]> {
      await requireContainer(db, ctx, input.experimentId, 'experiment.people');
      const rows = await pendingOf(db, input.experimentId);
      const states = await mailStatesOf(
        db,
        rows
          .filter(({ invitation }) => invitation.email !== null)
          .map(({ invitation }) => mailKey(invitation)),
      );
      return rows.map(({ invitation, inviter }) => ({
        invitationId: invitation.id,
        to: invitation.email ?? invitation.userName!,
        role: invitation.role,
        invitedBy: inviter && { personId: inviter.id, name: inviter.name },
        sentAt: invitation.sentAt,
        expiresAt: invitation.expiresAt,
        isExpired: invitation.expiresAt <= ctx.now(),
        mail: states.get(mailKey(invitation)) ?? null,
      }));
    },

    /** A new link and fourteen days more; the former link stops working. At most ten times, and once a minute. */
    async resend(ctx: ServiceContext, input: { invitationId: string }): Promise<{ expiresAt: Date }> {
      return db.transaction(async (tx) => {
        const row = await ownPending(tx, ctx, input.invitationId);
        const now = ctx.now();
        const waitMs = row.sentAt.getTime() + RESEND_AFTER_MS - now.getTime();
        if (waitMs > 0) {
          const retryAfterS = Math.ceil(waitMs / 1000);
          throw new AppError('TOO_MANY_REQUESTS', {
            message: `It was sent a moment ago. Send it again in ${retryAfterS} s.`,
            retryAfterS,
          });
        }
        if (row.sends >= MOST_SENDS) {
          throw new AppError(
            'CONFLICT',
            `It was sent ${row.sends} times. Withdraw it and ask the person how to reach them.`,
          );
        }
        await assertNotTooMany(tx, ctx);
        const { token, tokenHash } = newSecret(ctx);
        await withdrawMail(tx, mailKey(row));
        const renewed = await renewInvitation(tx, row.id, {
          ...{ tokenHash, sentAt: now, sends: row.sends + 1 },
          expiresAt: new Date(now.getTime() + OFFER_DAYS * DAY_MS),
        });
        if (!renewed) throw new AppError('CONFLICT');
        await writeInvitation(tx, ctx, renewed, linkWith(token));
        await recordAudit(tx, ctx, {
          action: 'invitation.sentAgain',
          entityKind: 'invitation',
          entityId: row.id,
          experimentId: row.experimentId,
        });
        await tellInvitation(tx, ctx, renewed);
        return { expiresAt: renewed.expiresAt };
      });
    },

    /** Takes an invitation back: its link stops working. */
    async revoke(ctx: ServiceContext, input: { invitationId: string }): Promise<void> {
      await db.transaction(async (tx) => {
        const row = await ownPending(tx, ctx, input.invitationId);
        await revokeInvitation(tx, ctx, row);
      });
    },
  };
}

/** Takes a pending invitation back, in the transaction of why. */
export async function revokeInvitation(
  tx: Transaction,
  ctx: ServiceContext,
  row: InvitationRow,
): Promise<void> {
  const revoked = await answerInvitation(tx, row.id, 'revoked', {
    at: ctx.now(),
    personId: actingPerson(ctx),
  });
  if (!revoked) throw new AppError('CONFLICT', 'This invitation has been answered in the meantime.');
  await withdrawMail(tx, mailKey(row));
  await recordAudit(tx, ctx, {
    action: 'invitation.revoked',
    entityKind: 'invitation',
    entityId: row.id,
    experimentId: row.experimentId,
  });
  await tellInvitation(tx, ctx, revoked);
}
