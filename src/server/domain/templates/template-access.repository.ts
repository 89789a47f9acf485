import { and, asc, desc, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { hasToDoWith } from '../../db/people-of-facility.ts';
import {
  experiment,
  facility,
  facilityAdmin,
  instrument,
  instrumentStaff,
  job,
  jobTemplate,
  membership,
  person,
  template,
  templateShare,
} from '../../db/schema/index.ts';

/** One version of a template, of whatever kind. */
export type TemplateRow = typeof jobTemplate.$inferSelect;
/** A template that somebody made. */
export type OwnTemplateRow = typeof template.$inferSelect;

/**
 * Who looks at templates. A token for one experiment or instrument finds what is shared with that instrument or its facility, and not what its
 * person has elsewhere.
 */
export type TemplateViewer =
  | { kind: 'all' }
  | { kind: 'person'; personId: string }
  | { kind: 'experiment'; experimentId: string }
  | { kind: 'instrument'; instrumentId: string };

const instrumentsOf = (personId: string): SQL => sql`
  select ${instrumentStaff.instrumentId} from ${instrumentStaff} where ${instrumentStaff.personId} = ${personId}::uuid
  union
  select ${experiment.instrumentId} from ${membership} join ${experiment} on ${experiment.id} = ${membership.experimentId}
  where ${membership.personId} = ${personId}::uuid and ${experiment.instrumentId} is not null`;

/** Whether the share of the statement's row is one with this viewer. */
function reaches(viewer: TemplateViewer): SQL {
  const everyone = sql`${templateShare.sharedWith} = 'everyone'`;
  const at = (instruments: SQL) => sql`(${everyone}
    or ${templateShare.instrumentId} in (${instruments})
    or ${templateShare.facilityId} in (select ${instrument.facilityId} from ${instrument} where ${instrument.id} in (${instruments})))`;
  switch (viewer.kind) {
    case 'all':
      return sql`true`;
    case 'experiment':
      return at(
        sql`select ${experiment.instrumentId} from ${experiment} where ${experiment.id} = ${viewer.experimentId}::uuid`,
      );
    case 'instrument':
      return at(sql`select ${viewer.instrumentId}::uuid`);
    case 'person':
      return sql`(${everyone}
        or ${templateShare.personId} = ${viewer.personId}::uuid
        or ${templateShare.instrumentId} in (${instrumentsOf(viewer.personId)})
        or exists (select 1 from ${person} where ${person.id} = ${viewer.personId}::uuid
          and ${hasToDoWith(sql`${templateShare.facilityId}`)}))`;
  }
}

const isShared = (viewer: TemplateViewer): SQL<boolean> => sql<boolean>`exists (
  select 1 from ${templateShare} where ${templateShare.templateId} = ${template.id} and ${reaches(viewer)})`;

const isOwner = (viewer: TemplateViewer): SQL<boolean> =>
  viewer.kind === 'person'
    ? sql<boolean>`${template.ownerId} = ${viewer.personId}::uuid`
    : sql<boolean>`false`;

const isAdmin = (viewer: TemplateViewer): SQL<boolean> =>
  viewer.kind === 'person'
    ? sql<boolean>`exists (select 1 from ${facilityAdmin}
        where ${facilityAdmin.facilityId} = ${template.facilityId} and ${facilityAdmin.personId} = ${viewer.personId}::uuid)`
    : sql<boolean>`false`;

/** Whether a job of the experiment ran a version of the template: whoever may run jobs there may run it again. */
const ranIn = (experimentId: string): SQL => sql`exists (
  select 1 from ${job} join ${jobTemplate} version on version.id = ${job.templateId}
  where ${job.experimentId} = ${experimentId}::uuid and version.own_template_id = ${template.id})`;

const isSeen = (viewer: TemplateViewer): SQL =>
  viewer.kind === 'all'
    ? sql`true`
    : sql`(${template.id} is null or ${isOwner(viewer)} or ${isShared(viewer)} or ${isAdmin(viewer)})`;

/** The newest version of every template that the viewer sees, those that ship with the product among them, by name. */
export async function seenTemplates(q: Queryable, viewer: TemplateViewer, which: { archived: boolean }) {
  const rows = await q
    .selectDistinctOn([jobTemplate.slug], {
      version: jobTemplate,
      own: template,
      ownerName: person.name,
      // What ships with the product has no owner.
      isOwner: sql<boolean>`coalesce(${isOwner(viewer)}, false)`,
    })
    .from(jobTemplate)
    .leftJoin(template, eq(template.id, jobTemplate.ownTemplateId))
    .leftJoin(person, eq(person.id, template.ownerId))
    .where(and(isSeen(viewer), which.archived ? undefined : isNull(template.archivedAt)))
    .orderBy(asc(jobTemplate.slug), desc(jobTemplate.version));
  return rows.sort((a, b) => a.version.name.localeCompare(b.version.name, 'en'));
}

/** The newest version of a template, when the viewer sees it, or it ran in the experiment before. */
export async function seenTemplate(
  q: Queryable,
  viewer: TemplateViewer,
  slug: string,
  experimentId: string | null,
): Promise<{ version: TemplateRow; own: OwnTemplateRow | null } | null> {
  const seen = experimentId === null ? isSeen(viewer) : sql`(${isSeen(viewer)} or ${ranIn(experimentId)})`;
  const [row] = await q
    .select({ version: jobTemplate, own: template })
    .from(jobTemplate)
    .leftJoin(template, eq(template.id, jobTemplate.ownTemplateId))
    .where(and(eq(jobTemplate.slug, slug), seen))
    .orderBy(desc(jobTemplate.version))
    .limit(1);
  return row ?? null;
}

/** A template that somebody made, with what the viewer is to it; null where there is none of that name. */
export async function templateAccess(q: Queryable, viewer: TemplateViewer, slug: string) {
  const [row] = await q
    .select({
      own: template,
      isOwner: isOwner(viewer),
      isReader: isShared(viewer),
      isAdmin: isAdmin(viewer),
    })
    .from(template)
    // Of one table alone Drizzle leaves the names of tables out, and what stands in the questions above would mean other columns.
    .innerJoin(person, eq(person.id, template.ownerId))
    .where(eq(template.slug, slug));
  return row ?? null;
}

/** The facilities that the person has to do with, by name. */
export async function ownFacilities(q: Queryable, personId: string) {
  return q
    .select({ id: facility.id, code: facility.code, name: facility.name })
    .from(facility)
    .innerJoin(person, eq(person.id, personId))
    .where(hasToDoWith(sql`${facility.id}`))
    .orderBy(asc(facility.name));
}
