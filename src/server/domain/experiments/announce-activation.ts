import type { Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';

/** Tells the instrument and each experiment it is about which one is active there now. */
export async function announceActivation(
  tx: Transaction,
  ctx: ServiceContext,
  instrumentId: string,
  active: string | null,
  touched: readonly string[],
): Promise<void> {
  await publish(tx, ctx, {
    topics: [`instrument:${instrumentId}`],
    kind: 'activation.changed',
    data: { instrumentId, experimentId: active },
  });
  // Members of one experiment must not learn the id of the next group's: each topic hears only of itself.
  for (const experimentId of touched) {
    await publish(tx, ctx, {
      topics: [`experiment:${experimentId}`],
      kind: 'activation.changed',
      data: { instrumentId, experimentId: experimentId === active ? active : null },
    });
  }
}

/** Records that an experiment became active (`experiment.activate`) or ceased to be (`experiment.deactivate`). */
export async function recordActivation(
  tx: Transaction,
  ctx: ServiceContext,
  action: 'experiment.activate' | 'experiment.deactivate',
  experimentId: string,
  detail: Record<string, unknown>,
): Promise<void> {
  await recordAudit(tx, ctx, {
    action,
    entityKind: 'experiment',
    entityId: experimentId,
    experimentId,
    detail,
  });
}
