import { and, desc, eq, gt, isNull, lt, or, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Queryable } from '../../db/client.ts';
import { activation, agent, experiment, person, siteSwitch } from '../../db/schema/index.ts';
import { staffStillSee } from '../../db/tenant-floor.ts';

const starter = alias(person, 'starter');
const ender = alias(person, 'ender');

/** Account that ended the period at an agent's machine; null when it was ended otherwise, or is not. */
const endedOnSiteBy = sql<string | null>`(
  select told.by from site_switch told join agent teller on teller.id = told.agent_id
  where told.applied and told.at = ${activation.endedAt} and teller.instrument_id = ${activation.instrumentId}
  limit 1)`;

/**
 * The activations of an instrument that began before `before` (null: all), newest first, with who switched. Those that ended the moment
 * they began are left out, so that no two begin together. `isOpen`: staff still see the experiment itself.
 */
export async function listActivations(
  q: Queryable,
  instrumentId: string,
  before: Date | null,
  limit: number,
  now: Date,
) {
  return q
    .select({
      id: activation.id,
      startedAt: activation.startedAt,
      endedAt: activation.endedAt,
      origin: activation.origin,
      startedByName: starter.name,
      endedByName: ender.name,
      endedOnSiteBy,
      siteBy: siteSwitch.by,
      siteAgentName: agent.name,
      siteClockDoubtMs: siteSwitch.clockDoubtMs,
      siteToldAt: siteSwitch.receivedAt,
      experiment,
      isOpen: sql<boolean>`${staffStillSee(now)}`,
    })
    .from(activation)
    .innerJoin(experiment, eq(experiment.id, activation.experimentId))
    .leftJoin(starter, eq(starter.id, activation.startedBy))
    .leftJoin(ender, eq(ender.id, activation.endedBy))
    .leftJoin(siteSwitch, eq(siteSwitch.id, activation.siteSwitchId))
    .leftJoin(agent, eq(agent.id, siteSwitch.agentId))
    .where(
      and(
        eq(activation.instrumentId, instrumentId),
        or(isNull(activation.endedAt), gt(activation.endedAt, activation.startedAt)),
        before === null ? undefined : lt(activation.startedAt, before),
      ),
    )
    .orderBy(desc(activation.startedAt))
    .limit(limit);
}
