import { allows } from '#src/shared/permissions/permission-table.ts';
import type { Queryable } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { rolesOfPerson } from '../experiments/experiment.policy.ts';
import { rightToGive } from '../experiments/let-in.ts';
import type { InvitationFacts } from './invitation.repository.ts';

/** Whether who made it might still make it: an invitation gives no more than its maker may give when it is accepted. */
export async function countsStill(
  q: Queryable,
  ctx: ServiceContext,
  facts: InvitationFacts,
): Promise<boolean> {
  const { invitation, inviter } = facts;
  if (inviter === null) return true;
  if (inviter.disabledAt !== null) return false;
  const held = await rolesOfPerson(q, ctx, inviter.id, invitation.experimentId);
  return allows(rightToGive(invitation.role), held);
}
