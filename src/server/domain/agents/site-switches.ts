import type { SiteSwitch } from '../../../shared/contracts/agent-control.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { publish } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { applySiteActivation } from '../experiments/site-activation.ts';
import type { AgentPrincipal } from './agent.policy.ts';
import { insertReports } from './agent.repository.ts';
import { insertSiteSwitch, isSiteSwitchKnown, settleSiteSwitch } from './site-switch.repository.ts';

const REFUSED = 'site-switch-refused';
/** What the column holds; a clock that is known no better is not known at all. */
const MAX_DOUBT_MS = 2 ** 31 - 1;

/** When it was switched, on the server's clock; never in the future, where only a wrong clock can have put it. */
function switchedAt({ at, clockOffsetMs }: SiteSwitch, now: Date): Date {
  return new Date(Math.min(Date.parse(at) + Math.round(clockOffsetMs), now.getTime()));
}

async function reportRefusal(
  tx: Transaction,
  ctx: ServiceContext,
  { agentId, instrumentId, name }: AgentPrincipal,
  told: SiteSwitch,
  refusal: string,
): Promise<void> {
  const level = 'error';
  await insertReports(tx, agentId, [
    {
      id: ctx.newId(),
      at: ctx.now().toISOString(),
      level,
      code: REFUSED,
      message: `The active experiment was switched at ${name} on ${told.at} by ${told.by}, but ${refusal}: it was not put into the history. Look which data came since, and move them by hand.`,
      detector: null,
      seriesKey: null,
      count: 1,
    },
  ]);
  await publish(tx, ctx, {
    topics: [`instrument:${instrumentId}`],
    kind: 'agent.report',
    data: { agentId, code: REFUSED, level },
  });
}

/**
 * Puts the switches an agent tells of into the history of its instrument, oldest first, each in a transaction of its own and once by its
 * id. One that cannot be applied is kept with its refusal and reported to staff. Returns the ids that need not be told again: all.
 */
export async function storeSiteSwitches(
  db: Database,
  ctx: ServiceContext,
  agent: AgentPrincipal,
  told: readonly SiteSwitch[],
): Promise<string[]> {
  const now = ctx.now();
  const inOrder = told
    .map((one) => ({ one, at: switchedAt(one, now) }))
    .sort((a, b) => a.at.getTime() - b.at.getTime());
  for (const { one, at } of inOrder) {
    if (await isSiteSwitchKnown(db, one.id)) continue;
    await db.transaction(async (tx) => {
      const isNew = await insertSiteSwitch(tx, {
        id: one.id,
        agentId: agent.agentId,
        at,
        clockDoubtMs: Math.round(Math.min(one.clockDoubtMs, MAX_DOUBT_MS)),
        by: one.by,
        receivedAt: now,
        applied: false,
      });
      if (!isNew) return;
      const refusal = await applySiteActivation(tx, ctx, {
        switchId: one.id,
        instrumentId: agent.instrumentId,
        experimentId: one.experimentId,
        at,
        by: one.by,
      });
      // The experiment of a refused switch need not be there.
      const { experimentId } = one;
      await settleSiteSwitch(
        tx,
        one.id,
        refusal ? { applied: false, refusal } : { applied: true, experimentId },
      );
      if (refusal) await reportRefusal(tx, ctx, agent, one, refusal);
    });
  }
  return told.map((one) => one.id);
}
