import { and, desc, eq, inArray, isNotNull, isNull } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Queryable, Transaction } from '../../db/client.ts';
import { agent, agentLicence, facility, instrument, person } from '../../db/schema/index.ts';

export type LicenceRow = typeof agentLicence.$inferSelect;

const issuer = alias(person, 'issuer');
const revoker = alias(person, 'revoker');

export async function insertLicence(tx: Transaction, row: typeof agentLicence.$inferInsert): Promise<void> {
  await tx.insert(agentLicence).values(row);
}

/** The licences of these agents, newest first, with who made and revoked them. */
export async function licencesOf(q: Queryable, agentIds: readonly string[]) {
  if (agentIds.length === 0) return [];
  return q
    .select({
      licence: agentLicence,
      issuedByName: issuer.name,
      revokedByName: revoker.name,
    })
    .from(agentLicence)
    .leftJoin(issuer, eq(issuer.id, agentLicence.issuedBy))
    .leftJoin(revoker, eq(revoker.id, agentLicence.revokedBy))
    .where(inArray(agentLicence.agentId, [...agentIds]))
    .orderBy(desc(agentLicence.issuedAt), desc(agentLicence.id));
}

export async function newestLicence(q: Queryable, agentId: string): Promise<LicenceRow | null> {
  const [row] = await q
    .select()
    .from(agentLicence)
    .where(eq(agentLicence.agentId, agentId))
    .orderBy(desc(agentLicence.issuedAt), desc(agentLicence.id))
    .limit(1);
  return row ?? null;
}

/** The licence that the agent's token came from. */
export async function licenceInForce(q: Queryable, agentId: string): Promise<LicenceRow | null> {
  const [row] = await q
    .select()
    .from(agentLicence)
    .where(and(eq(agentLicence.agentId, agentId), isNotNull(agentLicence.enrolledAt)))
    .orderBy(desc(agentLicence.enrolledAt), desc(agentLicence.id))
    .limit(1);
  return row ?? null;
}

/** Agent, instrument and facility that a licence names; null when there is no such agent. */
export async function agentPlace(q: Queryable, agentId: string) {
  const [row] = await q
    .select({ agent, instrument, facility })
    .from(agent)
    .innerJoin(instrument, eq(instrument.id, agent.instrumentId))
    .innerJoin(facility, eq(facility.id, instrument.facilityId))
    .where(eq(agent.id, agentId));
  return row ?? null;
}
export type AgentPlace = NonNullable<Awaited<ReturnType<typeof agentPlace>>>;

/** The agent with this token and the licence it came from. */
export async function findByToken(q: Queryable, tokenHash: string) {
  const [row] = await q
    .select({ agent, licence: agentLicence })
    .from(agent)
    .leftJoin(agentLicence, and(eq(agentLicence.agentId, agent.id), isNotNull(agentLicence.enrolledAt)))
    .where(eq(agent.tokenHash, tokenHash))
    .orderBy(desc(agentLicence.enrolledAt), desc(agentLicence.id))
    .limit(1);
  return row ?? null;
}

/** False when it was exchanged before, be it in this very moment. */
export async function markEnrolled(
  tx: Transaction,
  licenceId: string,
  enrolled: { enrolledAt: Date; enrolledHost: string; agentKeyHash: string },
): Promise<boolean> {
  const rows = await tx
    .update(agentLicence)
    .set(enrolled)
    .where(and(eq(agentLicence.id, licenceId), isNull(agentLicence.enrolledAt)))
    .returning({ id: agentLicence.id });
  return rows.length > 0;
}

/** Every licence of the agent that was not revoked before; returns how many. */
export async function revokeLicences(
  tx: Transaction,
  agentId: string,
  revoked: { revokedAt: Date; revokedBy: string | null; revokedReason: string },
): Promise<number> {
  const rows = await tx
    .update(agentLicence)
    .set(revoked)
    .where(and(eq(agentLicence.agentId, agentId), isNull(agentLicence.revokedAt)))
    .returning({ id: agentLicence.id });
  return rows.length;
}

/** Takes the revocation of these back; returns how many were revoked. */
export async function restoreLicences(tx: Transaction, licenceIds: readonly string[]): Promise<number> {
  const rows = await tx
    .update(agentLicence)
    .set({ revokedAt: null, revokedBy: null, revokedReason: null })
    .where(and(inArray(agentLicence.id, [...licenceIds]), isNotNull(agentLicence.revokedAt)))
    .returning({ id: agentLicence.id });
  return rows.length;
}
