import type { SiteSwitch } from '../../../shared/contracts/agent-control.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { publish } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { applySiteActivation } from '../experiments/site-activation.ts';
import type { AgentPrincipal } from './agent.policy.ts';
import { insertReports } from './agent.repository.ts';
import {
  countAcquired,
  insertSiteSwitch,
  isSiteSwitchKnown,
  settleSiteSwitch,
} from './site-switch.repository.ts';

/** What the column holds; a clock that is known no better is not known at all. */
const MAX_DOUBT_MS = 2 ** 31 - 1;

/** When it was switched, on the server's clock; never in the future, where only a wrong clock can have put it. */
function switchedAt({ at, clockOffsetMs }: SiteSwitch, now: Date): Date {
  return new Date(Math.min(Date.parse(at) + Math.round(clockOffsetMs), now.getTime()));
}

/** Tells staff what a switch left for them to do. */
async function report(
  tx: Transaction,
  ctx: ServiceContext,
  { agentId, instrumentId }: AgentPrincipal,
  { level, code, message }: { level: 'warn' | 'error'; code: string; message: string },
): Promise<void> {
  const at = ctx.now().toISOString();
  const about = { detector: null, seriesKey: null, count: 1 };
  await insertReports(tx, agentId, [{ id: ctx.newId(), at, level, code, message, ...about }]);
  await publish(tx, ctx, {
    topics: [`instrument:${instrumentId}`],
    kind: 'agent.report',
    data: { agentId, code, level },
  });
}

const howMany = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;

/** What other agents had brought by then was put into the experiment that the history named. */
async function reportMisplaced(
  tx: Transaction,
  ctx: ServiceContext,
  agent: AgentPrincipal,
  told: SiteSwitch,
  { experimentId, code, from, until }: { experimentId: string; code: string; from: Date; until: Date | null },
): Promise<void> {
  const { instrumentId, name } = agent;
  const to = until ?? ctx.now();
  const { datasets, files } = await countAcquired(tx, { instrumentId, experimentId, from, to });
  if (datasets + files === 0) return;
  const found = [
    ...(datasets > 0 ? [howMany(datasets, 'dataset')] : []),
    ...(files > 0 ? [howMany(files, 'file')] : []),
  ].join(' and ');
  await report(tx, ctx, agent, {
    level: 'error',
    code: 'site-switch-misplaced',
    message: `The active experiment was switched at ${name} on ${told.at} by ${told.by}, but ${found} acquired since then had been put into ${code} before this was told. Look through ${code} from that time on, and move what is not its own.`,
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
      const outcome = await applySiteActivation(tx, ctx, {
        switchId: one.id,
        instrumentId: agent.instrumentId,
        experimentId: one.experimentId,
        at,
        by: one.by,
      });
      // The experiment of a refused switch need not be there.
      const { experimentId } = one;
      if (outcome.refusal === null) {
        await settleSiteSwitch(tx, one.id, { applied: true, experimentId });
        if (outcome.cut) await reportMisplaced(tx, ctx, agent, one, { ...outcome.cut, from: at });
        return;
      }
      const { refusal } = outcome;
      await settleSiteSwitch(tx, one.id, { applied: false, refusal });
      await report(tx, ctx, agent, {
        level: 'error',
        code: 'site-switch-refused',
        message: `The active experiment was switched at ${agent.name} on ${one.at} by ${one.by}, but ${refusal}: it was not put into the history. Look which data came since, and move them by hand.`,
      });
    });
  }
  return told.map((one) => one.id);
}
