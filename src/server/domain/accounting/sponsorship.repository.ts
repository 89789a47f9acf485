import { and, desc, eq, isNull } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { experiment, instrument, jobTemplate, sponsorshipRule } from '../../db/schema/index.ts';
import { USED_OF_RULE } from './sponsor.repository.ts';

export type SponsorshipRow = typeof sponsorshipRule.$inferSelect;

/** The rules of a licence, the newest first, ended ones too, with what was used of each. */
export async function rulesOfLicence(q: Queryable, licenceId: string, limit: number) {
  return q
    .select({
      ruleId: sponsorshipRule.id,
      instrumentName: instrument.name,
      experimentId: sponsorshipRule.experimentId,
      experimentCode: experiment.code,
      templateSlug: sponsorshipRule.templateSlug,
      validUntil: sponsorshipRule.validUntil,
      mostCpuMs: sponsorshipRule.mostCpuMs,
      usedCpuMs: USED_OF_RULE,
      createdAt: sponsorshipRule.createdAt,
      endedAt: sponsorshipRule.endedAt,
    })
    .from(sponsorshipRule)
    .leftJoin(instrument, eq(instrument.id, sponsorshipRule.instrumentId))
    .leftJoin(experiment, eq(experiment.id, sponsorshipRule.experimentId))
    .where(eq(sponsorshipRule.licenceId, licenceId))
    .orderBy(desc(sponsorshipRule.id))
    .limit(limit);
}

export async function findRule(q: Queryable, ruleId: string): Promise<SponsorshipRow | null> {
  const [row] = await q.select().from(sponsorshipRule).where(eq(sponsorshipRule.id, ruleId));
  return row ?? null;
}

export async function insertRule(tx: Transaction, row: typeof sponsorshipRule.$inferInsert): Promise<void> {
  await tx.insert(sponsorshipRule).values(row);
}

/** False when it was ended before. */
export async function endRule(tx: Transaction, ruleId: string, at: Date): Promise<boolean> {
  const ended = await tx
    .update(sponsorshipRule)
    .set({ endedAt: at })
    .where(and(eq(sponsorshipRule.id, ruleId), isNull(sponsorshipRule.endedAt)))
    .returning({ id: sponsorshipRule.id });
  return ended.length > 0;
}

/** Whether an instrument, an experiment and a template are there; of a facility the first two. */
export async function hasInstrument(
  q: Queryable,
  facilityId: string,
  instrumentId: string,
): Promise<boolean> {
  const rows = await q
    .select({ id: instrument.id })
    .from(instrument)
    .where(and(eq(instrument.id, instrumentId), eq(instrument.facilityId, facilityId)));
  return rows.length > 0;
}

export async function experimentIdOfCode(q: Queryable, facilityId: string, code: string) {
  const [row] = await q
    .select({ id: experiment.id })
    .from(experiment)
    .where(and(eq(experiment.code, code), eq(experiment.facilityId, facilityId)));
  return row?.id ?? null;
}

export async function hasTemplate(q: Queryable, slug: string): Promise<boolean> {
  const rows = await q
    .select({ id: jobTemplate.id })
    .from(jobTemplate)
    .where(eq(jobTemplate.slug, slug))
    .limit(1);
  return rows.length > 0;
}
