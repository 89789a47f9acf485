import { and, asc, count, desc, eq, inArray, isNull, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { ExperimentRole } from '../../../shared/permissions/permission-table.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import { experiment, instrument, membership, person, projectLink } from '../../db/schema/index.ts';

/** False when the project reads the experiment already. */
export async function insertLink(tx: Transaction, row: typeof projectLink.$inferInsert): Promise<boolean> {
  const inserted = await tx
    .insert(projectLink)
    .values(row)
    .onConflictDoNothing()
    .returning({ projectId: projectLink.projectId });
  return inserted.length === 1;
}

/** False when there was none. */
export async function deleteLink(
  tx: Transaction,
  link: { projectId: string; experimentId: string },
): Promise<boolean> {
  const deleted = await tx
    .delete(projectLink)
    .where(and(eq(projectLink.projectId, link.projectId), eq(projectLink.experimentId, link.experimentId)))
    .returning({ projectId: projectLink.projectId });
  return deleted.length === 1;
}

/** The project's row is held until the end of the transaction, so that two who link count one after the other. */
export async function countLinks(tx: Transaction, projectId: string): Promise<number> {
  await tx
    .select({ id: experiment.id })
    .from(experiment)
    .where(eq(experiment.id, projectId))
    .for('no key update');
  const [row] = await tx
    .select({ links: count() })
    .from(projectLink)
    .where(eq(projectLink.projectId, projectId));
  return row?.links ?? 0;
}

/** The experiments that a project reads, those linked last first. */
export async function linkedTo(q: Queryable, projectId: string) {
  return q
    .select({
      experimentId: experiment.id,
      instrumentName: instrument.name,
      linkedBy: person.name,
      linkedAt: projectLink.createdAt,
    })
    .from(projectLink)
    .innerJoin(experiment, eq(experiment.id, projectLink.experimentId))
    .innerJoin(instrument, eq(instrument.id, experiment.instrumentId))
    .innerJoin(person, eq(person.id, projectLink.linkedBy))
    .where(eq(projectLink.projectId, projectId))
    .orderBy(desc(projectLink.createdAt), desc(experiment.id));
}

const linker = alias(person, 'linker');

/** The projects that read an experiment, those linked last first. */
export async function projectsReading(q: Queryable, experimentId: string) {
  return q
    .select({
      id: experiment.id,
      code: experiment.code,
      title: experiment.title,
      linkedBy: linker.name,
      linkedAt: projectLink.createdAt,
    })
    .from(projectLink)
    .innerJoin(experiment, eq(experiment.id, projectLink.projectId))
    .innerJoin(linker, eq(linker.id, projectLink.linkedBy))
    .where(eq(projectLink.experimentId, experimentId))
    .orderBy(desc(projectLink.createdAt), desc(experiment.id));
}

export interface PersonOfProject {
  projectId: string;
  id: string;
  name: string;
  role: ExperimentRole;
}

/** Who is in these projects and can sign in, Owner first. */
export async function peopleOf(q: Queryable, projectIds: readonly string[]): Promise<PersonOfProject[]> {
  if (projectIds.length === 0) return [];
  return q
    .select({
      projectId: membership.experimentId,
      id: person.id,
      name: person.name,
      role: membership.role,
    })
    .from(membership)
    .innerJoin(person, eq(person.id, membership.personId))
    .where(and(inArray(membership.experimentId, [...projectIds]), isNull(person.disabledAt)))
    .orderBy(
      sql`array_position(array['owner', 'manager', 'member', 'viewer'], ${membership.role})`,
      asc(person.name),
    );
}
