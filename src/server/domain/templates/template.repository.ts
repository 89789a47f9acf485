import { and, asc, desc, eq, isNull, ne, sql } from 'drizzle-orm';
import type { TemplateRequirement } from '../../../shared/contracts/template-requirement.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import {
  experiment,
  instrument,
  instrumentStaff,
  jobTemplate,
  jobTemplateFile,
  membership,
  person,
  template,
} from '../../db/schema/index.ts';
import type { OwnTemplateRow, TemplateRow } from './template-access.repository.ts';

/** False when the slug is taken. */
export async function insertTemplate(tx: Transaction, row: typeof template.$inferInsert): Promise<boolean> {
  const rows = await tx.insert(template).values(row).onConflictDoNothing().returning({ id: template.id });
  return rows.length === 1;
}

export async function insertVersion(
  tx: Transaction,
  row: typeof jobTemplate.$inferInsert,
  files: readonly { path: string; content: Uint8Array }[],
): Promise<void> {
  await tx.insert(jobTemplate).values(row);
  await tx.insert(jobTemplateFile).values(files.map((file) => ({ ...file, jobTemplateId: row.id })));
}

/** Counts the version of a template up from the one the editor saw; false when somebody was faster. */
export async function raiseVersion(tx: Transaction, id: string, seen: number): Promise<boolean> {
  const rows = await tx
    .update(template)
    .set({ version: seen + 1 })
    .where(and(eq(template.id, id), eq(template.version, seen)))
    .returning({ id: template.id });
  return rows.length === 1;
}

/** False when it stands so already. */
export async function setArchivedAt(tx: Transaction, own: OwnTemplateRow, at: Date | null): Promise<boolean> {
  const was = own.archivedAt === null ? isNull(template.archivedAt) : eq(template.archivedAt, own.archivedAt);
  const rows = await tx
    .update(template)
    .set({ archivedAt: at })
    .where(and(eq(template.id, own.id), was))
    .returning({ id: template.id });
  return rows.length === 1;
}

/** A version of a template by its number; without one the newest. */
export async function findVersion(
  q: Queryable,
  slug: string,
  version: number | null,
): Promise<TemplateRow | null> {
  const [row] = await q
    .select()
    .from(jobTemplate)
    .where(and(eq(jobTemplate.slug, slug), version === null ? undefined : eq(jobTemplate.version, version)))
    .orderBy(desc(jobTemplate.version))
    .limit(1);
  return row ?? null;
}

/** The newest first. */
export async function versionsOf(q: Queryable, slug: string) {
  return q
    .select({
      version: jobTemplate.version,
      name: jobTemplate.name,
      note: jobTemplate.note,
      madeByName: person.name,
      createdAt: jobTemplate.createdAt,
    })
    .from(jobTemplate)
    .leftJoin(person, eq(person.id, jobTemplate.madeBy))
    .where(eq(jobTemplate.slug, slug))
    .orderBy(desc(jobTemplate.version));
}

/** The script of a version and what lies beside it, by path. */
export async function filesOfVersion(q: Queryable, jobTemplateId: string) {
  return q
    .select({ path: jobTemplateFile.path, content: jobTemplateFile.content })
    .from(jobTemplateFile)
    .where(eq(jobTemplateFile.jobTemplateId, jobTemplateId))
    .orderBy(asc(jobTemplateFile.path));
}

export async function ownerName(q: Queryable, personId: string): Promise<string | null> {
  const [row] = await q.select({ name: person.name }).from(person).where(eq(person.id, personId));
  return row?.name ?? null;
}

/** People whom a person knows, by name: from an experiment, a project or an instrument that both are in, and staff of where they measured. */
export async function colleaguesOf(q: Queryable, personId: string, limit: number) {
  const mine = sql`select ${membership.experimentId} from ${membership} where ${membership.personId} = ${personId}::uuid`;
  const staffed = sql`select ${instrumentStaff.instrumentId} from ${instrumentStaff} where ${instrumentStaff.personId} = ${personId}::uuid`;
  const visited = sql`select ${experiment.instrumentId} from ${membership} join ${experiment} on ${experiment.id} = ${membership.experimentId}
    where ${membership.personId} = ${personId}::uuid`;
  return q
    .select({ personId: person.id, name: person.name })
    .from(person)
    .where(
      and(
        ne(person.id, personId),
        isNull(person.disabledAt),
        sql`(${person.id} in (select ${membership.personId} from ${membership} where ${membership.experimentId} in (${mine}))
          or ${person.id} in (select ${instrumentStaff.personId} from ${instrumentStaff} where ${instrumentStaff.instrumentId} in (${staffed} union ${visited})))`,
      ),
    )
    .orderBy(asc(sql`lower(${person.name})`), asc(person.id))
    .limit(limit);
}

/** Whether somebody is among the people whom a person knows (`colleaguesOf`). */
export async function areColleagues(q: Queryable, personId: string, otherId: string): Promise<boolean> {
  const { rows } = await q.execute<{ known: boolean }>(sql`
    select exists (select 1 from ${membership} a join ${membership} b on b.experiment_id = a.experiment_id
        where a.person_id = ${personId}::uuid and b.person_id = ${otherId}::uuid)
      or exists (select 1 from ${instrumentStaff} a join ${instrumentStaff} b on b.instrument_id = a.instrument_id
        where a.person_id = ${personId}::uuid and b.person_id = ${otherId}::uuid)
      or exists (select 1 from ${membership} a join ${experiment} e on e.id = a.experiment_id
          join ${instrumentStaff} b on b.instrument_id = e.instrument_id
        where a.person_id = ${personId}::uuid and b.person_id = ${otherId}::uuid) as known`);
  return rows[0]?.known ?? false;
}

export async function staffedInstruments(q: Queryable, personId: string) {
  return q
    .select({ id: instrument.id, name: instrument.name })
    .from(instrumentStaff)
    .innerJoin(instrument, eq(instrument.id, instrumentStaff.instrumentId))
    .where(eq(instrumentStaff.personId, personId))
    .orderBy(asc(instrument.name));
}

/** The newest versions that name something the machine must have, or whose script needs an interpreter. */
export async function versionsToCheck(q: Queryable): Promise<TemplateRow[]> {
  const rows = await q
    .selectDistinctOn([jobTemplate.slug])
    .from(jobTemplate)
    .orderBy(asc(jobTemplate.slug), desc(jobTemplate.version));
  return rows.filter(({ entry, requires }) => requires.length > 0 || entry.startsWith('script:'));
}

export async function findVersionById(q: Queryable, id: string): Promise<TemplateRow | null> {
  const [row] = await q.select().from(jobTemplate).where(eq(jobTemplate.id, id));
  return row ?? null;
}

export async function noteMissing(
  q: Queryable,
  id: string,
  missing: TemplateRequirement[],
  at: Date,
): Promise<void> {
  await q.update(jobTemplate).set({ missing, missingSeenAt: at }).where(eq(jobTemplate.id, id));
}

/** Has a worker look whether the machine has what a version needs; same transaction as the version. */
export async function enqueueCheck(tx: Transaction, jobTemplateId: string): Promise<void> {
  await tx.execute(sql`
    select graphile_worker.add_job(
      'check-template', json_build_object('jobTemplateId', ${jobTemplateId}::text),
      job_key => ${`check-template:${jobTemplateId}`}::text
    )`);
}
