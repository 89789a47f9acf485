import { and, desc, eq, gt, isNull, lte, or } from 'drizzle-orm';
import type { AgentReport } from '../../../shared/contracts/agent-api.ts';
import type { Queryable } from '../../db/client.ts';
import { activation, agent, agentReport, experiment, instrument, person } from '../../db/schema/index.ts';

export type AgentRow = typeof agent.$inferSelect;

export async function findAgentByName(
  q: Queryable,
  instrumentId: string,
  name: string,
): Promise<AgentRow | null> {
  const rows = await q
    .select()
    .from(agent)
    .where(and(eq(agent.instrumentId, instrumentId), eq(agent.name, name)));
  return rows[0] ?? null;
}

export async function insertAgent(q: Queryable, row: typeof agent.$inferInsert): Promise<void> {
  await q.insert(agent).values(row);
}

export async function setTokenHash(q: Queryable, agentId: string, tokenHash: string): Promise<void> {
  await q.update(agent).set({ tokenHash }).where(eq(agent.id, agentId));
}

/** False when it was revoked before. */
export async function setRevoked(q: Queryable, agentId: string, at: Date): Promise<boolean> {
  const rows = await q
    .update(agent)
    .set({ revokedAt: at })
    .where(and(eq(agent.id, agentId), isNull(agent.revokedAt)))
    .returning({ id: agent.id });
  return rows.length > 0;
}

/** The agents of an instrument that were not removed, with the name of who switched each last. */
export async function listAgents(q: Queryable, instrumentId: string) {
  return q
    .select({ agent, switchedByName: person.name })
    .from(agent)
    .leftJoin(person, eq(person.id, agent.uploadModeBy))
    .where(and(eq(agent.instrumentId, instrumentId), isNull(agent.revokedAt)))
    .orderBy(agent.kind, agent.name);
}

/** The agents of a facility that were not removed, each with its instrument's id, by kind and name. */
export async function listAgentsOfFacility(q: Queryable, facilityId: string) {
  const { id, instrumentId, kind, name, version, createdAt, lastSeenAt } = agent;
  return q
    .select({ id, instrumentId, kind, name, version, createdAt, lastSeenAt })
    .from(agent)
    .innerJoin(instrument, eq(instrument.id, agent.instrumentId))
    .where(and(eq(instrument.facilityId, facilityId), isNull(agent.revokedAt)))
    .orderBy(agent.kind, agent.name);
}

/** The instruments of a facility by name. */
export async function listPlaces(q: Queryable, facilityId: string) {
  const { id, slug, name } = instrument;
  return q
    .select({ id, slug, name })
    .from(instrument)
    .where(eq(instrument.facilityId, facilityId))
    .orderBy(instrument.name, instrument.id);
}

export async function setUploadMode(
  tx: Queryable,
  agentId: string,
  uploads: Pick<AgentRow, 'uploadMode' | 'uploadModeSince' | 'uploadModeBy' | 'uploadHeld'>,
): Promise<void> {
  await tx.update(agent).set(uploads).where(eq(agent.id, agentId));
}

export async function storeHeartbeat(
  q: Queryable,
  agentId: string,
  at: Date,
  version: string,
  status: NonNullable<AgentRow['status']>,
): Promise<void> {
  await q.update(agent).set({ lastSeenAt: at, version, status }).where(eq(agent.id, agentId));
}

/** Stores what is new and returns it; a report repeated with a heartbeat whose answer was lost is stored once. */
export async function insertReports(
  q: Queryable,
  agentId: string,
  reports: readonly AgentReport[],
): Promise<{ code: string; level: string }[]> {
  if (reports.length === 0) return [];
  return q
    .insert(agentReport)
    .values(reports.map((report) => ({ ...report, agentId, at: new Date(report.at) })))
    .onConflictDoNothing()
    .returning({ code: agentReport.code, level: agentReport.level });
}

/** The instrument of an agent and the experiment that is active there at `at`. */
export async function instrumentNow(q: Queryable, instrumentId: string, at: Date) {
  const [row] = await q
    .select({
      id: instrument.id,
      name: instrument.name,
      experimentCode: experiment.code,
      activeSince: activation.startedAt,
    })
    .from(instrument)
    .leftJoin(
      activation,
      and(
        eq(activation.instrumentId, instrument.id),
        lte(activation.startedAt, at),
        or(isNull(activation.endedAt), gt(activation.endedAt, at)),
      ),
    )
    .leftJoin(experiment, eq(experiment.id, activation.experimentId))
    .where(eq(instrument.id, instrumentId))
    .orderBy(desc(activation.startedAt))
    .limit(1);
  return row ?? null;
}
