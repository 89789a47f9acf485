import type { Transaction } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { writeMail } from '../mail/write-mail.ts';
import {
  type Account,
  accountByEmail,
  accountById,
  type InvitationRow,
  placeOf,
} from './invitation.repository.ts';
import { invitationMail } from './invitation-mail.ts';

/** Names the mail of an invitation's n-th sending. */
export const mailKey = (row: Pick<InvitationRow, 'id' | 'sends'>) => `invitation:${row.id}:${row.sends}`;

/**
 * The mail of an invitation, to the address, or to the address of whoever has the user name; none when nobody has.
 * @param link with the token: an address, or a path of ours
 */
export async function writeInvitation(
  tx: Transaction,
  ctx: ServiceContext,
  row: InvitationRow,
  link: string,
): Promise<void> {
  const account: Account | null = row.personId
    ? await accountById(tx, row.personId)
    : row.email
      ? await accountByEmail(tx, row.email)
      : null;
  const to = row.email ?? account?.email;
  if (to === undefined) return;
  const place = await placeOf(tx, row.experimentId);
  const inviter = row.invitedBy ? await accountById(tx, row.invitedBy) : null;
  await writeMail(tx, ctx, {
    dedupeKey: mailKey(row),
    kind: 'invitation',
    to,
    personId: account?.id ?? null,
    body: invitationMail({
      ...place,
      inviterName: inviter?.name ?? place.facilityName,
      role: row.role,
      expiresAt: row.expiresAt,
    }),
    link,
    // A project has no instrument.
    authorPage: `/${place.instrumentName === null ? 'projects' : 'experiments'}/${place.code}/people`,
    uselessAt: row.expiresAt,
  });
}
