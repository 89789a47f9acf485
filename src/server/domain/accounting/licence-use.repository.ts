import { and, desc, eq, sql } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { experiment, job, jobTemplate, ledgerEntry, person } from '../../db/schema/index.ts';

const sumWhere = (kinds: string) =>
  sql<number>`coalesce(-sum(${ledgerEntry.cpuMs}) filter (where ${ledgerEntry.kind} in ${sql.raw(kinds)}), 0)::bigint`.mapWith(
    Number,
  );
const settledCpuMs = sumWhere(`('settle', 'refund')`);
const reservedCpuMs = sumWhere(`('reserve', 'release')`);

/** Who used most, first. */
export async function whoUsed(q: Queryable, licenceId: string, limit: number) {
  const runs =
    sql<number>`count(distinct ${ledgerEntry.runId}) filter (where ${ledgerEntry.kind} = 'reserve')::int`.mapWith(
      Number,
    );
  return q
    .select({
      personId: person.id,
      name: person.name,
      email: person.email,
      runs,
      settledCpuMs,
      reservedCpuMs,
      unchargedCpuMs: sql<number>`sum(${ledgerEntry.unchargedCpuMs})::bigint`.mapWith(Number),
    })
    .from(ledgerEntry)
    .leftJoin(person, eq(person.id, ledgerEntry.personId))
    .where(sql`${ledgerEntry.licenceId} = ${licenceId} and ${ledgerEntry.runId} is not null`)
    .groupBy(person.id, person.name, person.email)
    .orderBy(desc(settledCpuMs), desc(reservedCpuMs))
    .limit(limit);
}

/** By months of the time zone, the first first; months without a charge are left out. */
export async function settledByMonth(q: Queryable, licenceId: string, timeZone: string) {
  const { rows } = await q.execute<{ month: string; settled: string }>(sql`
    select to_char(date_trunc('month', ${ledgerEntry.at} at time zone ${timeZone}::text), 'YYYY-MM-DD') as month,
           (-sum(${ledgerEntry.cpuMs}))::bigint as settled
    from ${ledgerEntry}
    where ${ledgerEntry.licenceId} = ${licenceId} and ${ledgerEntry.kind} in ('settle', 'refund')
    group by 1 order by 1`);
  return rows.map((row) => ({ month: row.month, settledCpuMs: Number(row.settled) }));
}

/** The newest first, with the job each is about, whoever may see it. */
export async function newestEntries(q: Queryable, licenceId: string, limit: number) {
  return q
    .select({
      entryId: ledgerEntry.id,
      kind: ledgerEntry.kind,
      cpuMs: ledgerEntry.cpuMs,
      runKind: ledgerEntry.runKind,
      personName: person.name,
      wallMs: ledgerEntry.wallMs,
      priceMilli: ledgerEntry.priceMilli,
      unchargedCpuMs: ledgerEntry.unchargedCpuMs,
      reason: ledgerEntry.reason,
      at: ledgerEntry.at,
      experimentId: job.experimentId,
      experimentCode: experiment.code,
      jobId: job.id,
      templateName: jobTemplate.name,
    })
    .from(ledgerEntry)
    .leftJoin(person, eq(person.id, ledgerEntry.personId))
    .leftJoin(job, and(eq(ledgerEntry.runKind, 'job'), eq(job.id, ledgerEntry.runId)))
    .leftJoin(jobTemplate, eq(jobTemplate.id, job.templateId))
    .leftJoin(experiment, eq(experiment.id, job.experimentId))
    .where(eq(ledgerEntry.licenceId, licenceId))
    .orderBy(desc(ledgerEntry.at), desc(ledgerEntry.id))
    .limit(limit);
}
