import { and, asc, eq, exists, inArray, isNull, or, sql } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import {
  facility,
  instrument,
  labMember,
  ledgerEntry,
  licence,
  sponsorshipRule,
} from '../../db/schema/index.ts';
import type { LicenceRow } from './ledger.repository.ts';

export interface PaidPlace {
  facilityId: string;
  facilityName: string;
  timeZone: string;
}

/** The facility at which an instrument stands. */
export async function placeOfInstrument(q: Queryable, instrumentId: string): Promise<PaidPlace | null> {
  const [row] = await q
    .select({ facilityId: facility.id, facilityName: facility.name, timeZone: facility.timeZone })
    .from(instrument)
    .innerJoin(facility, eq(facility.id, instrument.facilityId))
    .where(eq(instrument.id, instrumentId));
  return row ?? null;
}

/** Whether CPU hours were ever given to a licence of the facility. */
export async function hasGrants(q: Queryable, facilityId: string): Promise<boolean> {
  const { rows } = await q.execute<{ charges: boolean }>(sql`
    select exists (select 1 from ${licence} join ${ledgerEntry} on ${ledgerEntry.licenceId} = ${licence.id}
      where ${licence.facilityId} = ${facilityId} and ${ledgerEntry.kind} = 'grant') as charges`);
  return rows[0]?.charges ?? false;
}

/** Charged to a rule and set aside by it. Its columns are written out: within a statement about one table they would lose their table. */
export const USED_OF_RULE = sql<number>`coalesce((
  select sum(coalesce(paid.charged_cpu_ms, paid.reserved_cpu_ms)) from job paid
  where paid.sponsorship_rule_id = sponsorship_rule.id), 0)::bigint`.mapWith(Number);

const openRule = isNull(sponsorshipRule.endedAt);

/** The licences of a facility that may have to do with a run: its own, those of the person and their labs, and those with a rule for it. By id. */
function candidates(
  q: Queryable,
  run: {
    facilityId: string;
    personId: string | null;
    instrumentId: string;
    experimentId: string;
    templateSlug: string;
  },
) {
  const person = run.personId;
  const ofLab = q
    .select({ labId: labMember.labId })
    .from(labMember)
    .where(eq(labMember.personId, person ?? run.experimentId));
  const own =
    person === null
      ? eq(licence.ownerKind, 'facility')
      : or(eq(licence.ownerKind, 'facility'), eq(licence.personId, person), inArray(licence.labId, ofLab));
  const byRule = exists(
    q
      .select({ id: sponsorshipRule.id })
      .from(sponsorshipRule)
      .where(
        and(
          eq(sponsorshipRule.licenceId, licence.id),
          openRule,
          sql`coalesce(${sponsorshipRule.instrumentId}, ${run.instrumentId}) = ${run.instrumentId}`,
          sql`coalesce(${sponsorshipRule.experimentId}, ${run.experimentId}) = ${run.experimentId}`,
          sql`coalesce(${sponsorshipRule.templateSlug}, ${run.templateSlug}) = ${run.templateSlug}`,
        ),
      ),
  );
  return q
    .select({ licence, isOwn: sql<boolean>`coalesce(${own}, false)` })
    .from(licence)
    .where(and(eq(licence.facilityId, run.facilityId), or(own, byRule)))
    .orderBy(asc(licence.id));
}

type CandidateQuestion = Parameters<typeof candidates>[1];
export interface Candidate {
  licence: LicenceRow;
  isOwn: boolean;
}

export async function findCandidates(q: Queryable, run: CandidateQuestion): Promise<Candidate[]> {
  return candidates(q, run);
}

/** The same, held until the transaction ends; always in the order of their ids, so that no two wait for each other. */
export async function lockCandidates(tx: Transaction, run: CandidateQuestion): Promise<Candidate[]> {
  return candidates(tx, run).for('update', { of: licence });
}

export interface StandingRule {
  ruleId: string;
  licenceId: string;
  instrumentId: string | null;
  experimentId: string | null;
  templateSlug: string | null;
  validUntil: Date | null;
  mostCpuMs: number | null;
  /** Charged to it and set aside by it. */
  usedCpuMs: number;
}

/** The rules of these licences that have not been ended, with what was used of each. */
export async function standingRules(q: Queryable, licenceIds: readonly string[]): Promise<StandingRule[]> {
  if (licenceIds.length === 0) return [];
  return q
    .select({
      ruleId: sponsorshipRule.id,
      licenceId: sponsorshipRule.licenceId,
      instrumentId: sponsorshipRule.instrumentId,
      experimentId: sponsorshipRule.experimentId,
      templateSlug: sponsorshipRule.templateSlug,
      validUntil: sponsorshipRule.validUntil,
      mostCpuMs: sponsorshipRule.mostCpuMs,
      usedCpuMs: USED_OF_RULE,
    })
    .from(sponsorshipRule)
    .where(and(inArray(sponsorshipRule.licenceId, [...licenceIds]), openRule))
    .orderBy(asc(sponsorshipRule.id));
}
