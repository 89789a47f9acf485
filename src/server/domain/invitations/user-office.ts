import { OFFER_DAYS } from '#src/shared/model/invitation.ts';
import type { GivenRole } from '#src/shared/permissions/permission-table.ts';
import type { Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { newSecret } from '../people/secret-link.ts';
import {
  changeRole,
  type InvitationRow,
  insertInvitation,
  newestTo,
  pendingFromUserOffice,
} from './invitation.repository.ts';
import { revokeInvitation, tellInvitation } from './invite.ts';
import { writeInvitation } from './write-invitation.ts';

const DAY_MS = 24 * 3600 * 1000;

/** What became of an invitation; `acceptedBy`: the person who took it, with whatever address. */
export type OfficeInvitation = 'invited' | 'updated' | 'unchanged' | 'declined' | { acceptedBy: string };

/**
 * Somebody whom a visit names and who has no account is invited in the name of the facility. Told again, nothing is sent again: an invitation that
 * waits, has run out or was made by somebody in the experiment stays, and who has declined is left alone. One that was taken back is made anew.
 * Rights are the caller's business.
 */
export async function inviteFromUserOffice(
  tx: Transaction,
  ctx: ServiceContext,
  wanted: { experimentId: string; email: string; role: GivenRole },
): Promise<OfficeInvitation> {
  const { experimentId, email, role } = wanted;
  const newest = await newestTo(tx, experimentId, email);
  if (newest?.state === 'accepted' && newest.answeredBy !== null) return { acceptedBy: newest.answeredBy };
  if (newest?.state === 'declined') return 'declined';
  if (newest?.state === 'pending') {
    if (newest.origin !== 'user-office' || newest.role === role) return 'unchanged';
    return (await changed(tx, ctx, newest, role)) ? 'updated' : 'unchanged';
  }
  const now = ctx.now();
  const { token, tokenHash } = newSecret(ctx);
  const row: InvitationRow = {
    ...{ id: ctx.newId(), experimentId, email, userName: null, personId: null },
    ...{ role, origin: 'user-office' as const, state: 'pending' as const, tokenHash },
    // Nobody's own: the mail comes from the facility, and it counts whatever becomes of who told of the visit.
    invitedBy: null,
    ...{ createdAt: now, sentAt: now, sends: 1, expiresAt: new Date(now.getTime() + OFFER_DAYS * DAY_MS) },
    ...{ answeredAt: null, answeredBy: null },
  };
  if (!(await insertInvitation(tx, row))) return 'unchanged';
  await writeInvitation(tx, ctx, row, `/invitation?token=${token}`);
  await recordAudit(tx, ctx, {
    ...{ action: 'invitation.made', entityKind: 'invitation', entityId: row.id, experimentId },
    detail: { role, by: 'address', origin: row.origin },
  });
  await tellInvitation(tx, ctx, row);
  return 'invited';
}

async function changed(
  tx: Transaction,
  ctx: ServiceContext,
  row: InvitationRow,
  role: GivenRole,
): Promise<boolean> {
  const after = await changeRole(tx, row.id, { from: row.role, to: role });
  if (!after) return false;
  await recordAudit(tx, ctx, {
    ...{ action: 'invitation.role', entityKind: 'invitation', entityId: row.id },
    ...{ experimentId: row.experimentId, detail: { role } },
  });
  await tellInvitation(tx, ctx, after);
  return true;
}

/** Whom the visit does not name any more is not invited any more. @returns their addresses */
export async function withdrawFromUserOffice(
  tx: Transaction,
  ctx: ServiceContext,
  experimentId: string,
  named: readonly string[],
): Promise<string[]> {
  const kept = new Set(named.map((email) => email.toLowerCase()));
  const withdrawn: string[] = [];
  for (const row of await pendingFromUserOffice(tx, experimentId)) {
    if (row.email === null || kept.has(row.email.toLowerCase())) continue;
    await revokeInvitation(tx, ctx, row);
    withdrawn.push(row.email);
  }
  return withdrawn;
}
