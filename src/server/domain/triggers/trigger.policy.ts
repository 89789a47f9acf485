import { AppError } from '../../../shared/errors/app-error.ts';
import { isUuid } from '../../../shared/model/uuid.ts';
import type { Queryable } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { assertScope, requireInstrument } from '../experiments/experiment.policy.ts';
import { findStrategy, type StrategyRow } from './strategy.repository.ts';
import { findTrigger, type TriggerRow } from './trigger.repository.ts';

/** What staff of its instrument may change. Everybody else is told the same as of one that is not there. */
async function requireOwned<Row extends { instrumentId: string }>(
  q: Queryable,
  ctx: ServiceContext,
  what: 'trigger' | 'strategy',
  find: () => Promise<Row | null>,
): Promise<Row> {
  if (ctx.principal.kind === 'anonymous') throw new AppError('NOT_SIGNED_IN');
  assertScope(ctx, 'instrument.agents');
  const hidden = new AppError('NOT_FOUND', `There is no such ${what}, or it is not yours to see.`);
  const found = await find();
  if (!found) throw hidden;
  try {
    await requireInstrument(q, ctx, found.instrumentId, 'instrument.agents');
  } catch (error) {
    // The answer must not tell whether it exists.
    throw error instanceof AppError && error.code === 'NOT_FOUND' ? hidden : error;
  }
  return found;
}

export const requireTrigger = (q: Queryable, ctx: ServiceContext, triggerId: string): Promise<TriggerRow> =>
  requireOwned(q, ctx, 'trigger', async () => (isUuid(triggerId) ? findTrigger(q, triggerId) : null));

export const requireStrategy = (
  q: Queryable,
  ctx: ServiceContext,
  strategyId: string,
): Promise<StrategyRow> =>
  requireOwned(q, ctx, 'strategy', async () => (isUuid(strategyId) ? findStrategy(q, strategyId) : null));
