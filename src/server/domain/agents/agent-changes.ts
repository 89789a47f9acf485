import type { Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';

/** Records who changed an agent and tells the cockpit and the agent itself, which waits for changes of its instrument. */
export async function agentChanged(
  tx: Transaction,
  ctx: ServiceContext,
  agent: { id: string; instrumentId: string },
  action: string,
  detail: Record<string, unknown> = {},
): Promise<void> {
  await recordAudit(tx, ctx, { action, entityKind: 'agent', entityId: agent.id, detail });
  await publish(tx, ctx, {
    topics: [`instrument:${agent.instrumentId}`],
    kind: 'agent.changed',
    data: { agentId: agent.id },
  });
}
