import { and, asc, desc, eq, lt, type SQL, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { ExperimentRole } from '../../../shared/permissions/permission-table.ts';
import type { Queryable } from '../../db/client.ts';
import { holdsWord } from '../../db/experiment-search.ts';
import { hasToDoWith } from '../../db/people-of-facility.ts';
import { experiment, facility, membership, person, projectLink } from '../../db/schema/index.ts';
import type { ContainerRow } from '../experiments/experiment.policy.ts';

export interface ProjectFacts {
  project: ContainerRow;
  memberRole: ExperimentRole | null;
  ownerName: string;
  facility: { code: string; name: string; timeZone: string };
  experiments: number;
  people: number;
}

const mine = alias(membership, 'mine');
const ofOwner = alias(membership, 'of_owner');

/** Of the system nobody's membership is looked up. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

function projects(q: Queryable, personId: string | null) {
  return q
    .select({
      project: experiment,
      memberRole: mine.role,
      ownerName: person.name,
      facility: { code: facility.code, name: facility.name, timeZone: facility.timeZone },
      experiments: sql<number>`(select count(*)::int from ${projectLink} where ${projectLink.projectId} = ${experiment.id})`,
      people: sql<number>`(select count(*)::int from ${membership} where ${membership.experimentId} = ${experiment.id})`,
    })
    .from(experiment)
    .innerJoin(facility, eq(facility.id, experiment.facilityId))
    .innerJoin(ofOwner, and(eq(ofOwner.experimentId, experiment.id), eq(ofOwner.role, 'owner')))
    .innerJoin(person, eq(person.id, ofOwner.personId))
    .leftJoin(mine, and(eq(mine.experimentId, experiment.id), eq(mine.personId, personId ?? NOBODY)))
    .$dynamic();
}

export async function projectFacts(
  q: Queryable,
  projectId: string,
  personId: string | null,
): Promise<ProjectFacts> {
  const [row] = await projects(q, personId).where(eq(experiment.id, projectId));
  return row!;
}

export interface ProjectFilter {
  /** Null: the system, which sees all. */
  personId: string | null;
  /** Words that all stand somewhere in code, title and keywords. */
  words: readonly string[];
  /** Id of the last one seen. */
  after: string | null;
  limit: number;
}

/** The projects that somebody is in, the newest first. */
export async function listProjects(q: Queryable, filter: ProjectFilter): Promise<ProjectFacts[]> {
  const conditions: (SQL | undefined)[] = [
    eq(experiment.kind, 'project'),
    filter.personId === null ? undefined : sql`${mine.personId} is not null`,
    ...filter.words.map(holdsWord),
    filter.after === null ? undefined : lt(experiment.id, filter.after),
  ];
  return projects(q, filter.personId)
    .where(and(...conditions))
    .orderBy(sql`${experiment.id} desc`)
    .limit(filter.limit);
}

export interface FacilityChoice {
  id: string;
  code: string;
  name: string;
  /** Whether the person has to do with it. */
  isOwn: boolean;
}

/** The facilities of the installation, those first that the person has to do with. */
export async function facilitiesFor(q: Queryable, personId: string): Promise<FacilityChoice[]> {
  const isOwn = sql<boolean>`${hasToDoWith(sql`${facility.id}`)}`;
  return q
    .select({ id: facility.id, code: facility.code, name: facility.name, isOwn })
    .from(facility)
    .innerJoin(person, eq(person.id, personId))
    .orderBy(desc(isOwn), asc(facility.code));
}
