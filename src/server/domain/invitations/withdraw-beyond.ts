import { allows, type Role } from '#src/shared/permissions/permission-table.ts';
import type { Transaction } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { rightToGive } from '../experiments/let-in.ts';
import { pendingBy } from './invitation.repository.ts';
import { revokeInvitation } from './invite.ts';

/** Takes back the invitations of somebody who may not give those roles any more, holding only `left` now. */
export async function withdrawBeyond(
  tx: Transaction,
  ctx: ServiceContext,
  whose: { experimentId: string; personId: string; left: readonly Role[] },
): Promise<void> {
  for (const row of await pendingBy(tx, whose.experimentId, whose.personId)) {
    if (!allows(rightToGive(row.role), whose.left)) await revokeInvitation(tx, ctx, row);
  }
}
