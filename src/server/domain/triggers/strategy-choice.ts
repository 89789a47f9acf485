import { AppError } from '../../../shared/errors/app-error.ts';
import { isUuid } from '../../../shared/model/uuid.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { chooseStrategy, chosenStrategyId, findStrategy, type StrategyRow } from './strategy.repository.ts';

/** The strategy, if it is one of this instrument. NOT_FOUND otherwise. */
export async function strategyAt(
  q: Queryable,
  instrumentId: string,
  strategyId: string,
): Promise<StrategyRow> {
  const found = isUuid(strategyId) ? await findStrategy(q, strategyId) : null;
  if (found?.instrumentId === instrumentId) return found;
  throw new AppError('NOT_FOUND', 'There is no such strategy at this instrument.');
}

/**
 * Gives an experiment another strategy of its instrument, or with null the default, in the transaction; rights are the caller's to check. It counts for what
 * happens from now on. One that stands so already stays as it is.
 */
export async function setStrategy(
  tx: Transaction,
  ctx: ServiceContext,
  experiment: { id: string; instrumentId: string },
  strategyId: string | null,
): Promise<void> {
  const chosen = strategyId === null ? null : await strategyAt(tx, experiment.instrumentId, strategyId);
  if ((await chosenStrategyId(tx, experiment.id)) === strategyId) return;
  await chooseStrategy(tx, experiment.id, strategyId);
  await recordAudit(tx, ctx, {
    ...{ action: 'experiment.strategy', entityKind: 'experiment' },
    ...{ entityId: experiment.id, experimentId: experiment.id },
    detail: { strategyId, name: chosen?.name ?? null },
  });
  await publish(tx, ctx, {
    topics: [`experiment:${experiment.id}`, `instrument:${experiment.instrumentId}`],
    kind: 'strategy.changed',
    data: { experimentId: experiment.id },
  });
}
