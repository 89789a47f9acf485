import { AppError } from '../../../shared/errors/app-error.ts';
import { isUuid } from '../../../shared/model/uuid.ts';
import type { InstrumentAction } from '../../../shared/permissions/permission-table.ts';
import type { Queryable } from '../../db/client.ts';
import type { Principal, ServiceContext } from '../context.ts';
import { requireInstrument } from '../experiments/experiment.policy.ts';
import { type AgentPlace, agentPlace } from './licence.repository.ts';

export type AgentPrincipal = Extract<Principal, { kind: 'agent' }>;

export function requireAgent(ctx: ServiceContext): AgentPrincipal {
  if (ctx.principal.kind !== 'agent') throw new AppError('NOT_ALLOWED', 'Only agents may do this.');
  return ctx.principal;
}

/** The agent with its instrument and facility, for who has the right there: staff where it is left out. A stranger is told what they are told of no agent at all. */
export async function requireOwnAgent(
  q: Queryable,
  ctx: ServiceContext,
  agentId: string,
  right: InstrumentAction = 'instrument.agents',
): Promise<AgentPlace> {
  if (ctx.principal.kind === 'anonymous') throw new AppError('NOT_SIGNED_IN');
  const hidden = new AppError('NOT_FOUND', 'There is no such agent, or it is not yours to see.');
  const place = isUuid(agentId) ? await agentPlace(q, agentId) : null;
  if (!place) throw hidden;
  try {
    await requireInstrument(q, ctx, place.instrument.id, right);
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') throw hidden;
    throw error;
  }
  return place;
}

/** As above, and not removed. */
export async function requireLiveAgent(
  q: Queryable,
  ctx: ServiceContext,
  agentId: string,
  right?: InstrumentAction,
): Promise<AgentPlace> {
  const place = await requireOwnAgent(q, ctx, agentId, right);
  if (place.agent.revokedAt) throw new AppError('CONFLICT', `The agent ${place.agent.name} was removed.`);
  return place;
}
