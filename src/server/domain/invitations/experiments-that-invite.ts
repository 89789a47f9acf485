import type { Queryable } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { countsStill } from './counts-still.ts';
import { pendingTo } from './invitation.repository.ts';

/** Codes of the experiments that wait for whoever has this address, by invitations that count now. */
export async function experimentsThatInvite(
  q: Queryable,
  ctx: ServiceContext,
  email: string,
): Promise<string[]> {
  const codes: string[] = [];
  for (const facts of await pendingTo(q, email, ctx.now())) {
    if (await countsStill(q, ctx, facts)) codes.push(facts.experiment.code);
  }
  return codes;
}
