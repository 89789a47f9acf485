import { type SQL, sql } from 'drizzle-orm';
import { experiment, facility, instrumentStaff, membership, projectLink } from './schema/index.ts';

/**
 * When staff of the instrument lose sight of an experiment: of a proprietary one so many days after its end as the policy of the facility says,
 * or later when its Owner lets them; null: not. For statements with more than one table, of which `experiment` is one.
 */
export const staffAccessEnds: SQL<Date | null> = sql`case
  when ${experiment.proprietary} and ${experiment.finishedAt} is not null
  then greatest(
    ${experiment.finishedAt}
      + make_interval(hours => 24 * (select ${facility.staffAccessDays} from ${facility} where ${facility.id} = ${experiment.facilityId})),
    ${experiment.staffAccessUntil})
  end`.mapWith(experiment.finishedAt) as SQL<Date | null>;

/** Whether staff of the instrument see the experiment at this moment: stands in every statement that lets staff in. */
export const staffStillSee = (now: Date): SQL =>
  sql`coalesce(${staffAccessEnds} > ${now.toISOString()}::timestamptz, true)`;

/**
 * Whether a project that the person is in reads the experiment: stands in every statement that lets such people in. One step alone: a link is of an
 * experiment, never of a project, so that nothing is read through two of them.
 */
export const readsThroughProject = (personId: string): SQL<boolean> => sql<boolean>`${experiment.id} in (
  select ${projectLink.experimentId} from ${projectLink}
  join ${membership} of_project on of_project.experiment_id = ${projectLink.projectId}
  where of_project.person_id = ${personId}::uuid)`;

/**
 * SQL that selects the ids of what a person may see: the same rule as the experiment policy, over sets. Each way in is a question of its own, so
 * that each has its index, and lists cost what somebody sees and not what there is.
 */
export const visibleExperiments = (personId: string, now: Date): SQL => sql`
  select ${membership.experimentId} as id from ${membership} where ${membership.personId} = ${personId}::uuid
  union
  select ${experiment.id} from ${instrumentStaff} join ${experiment} on ${experiment.instrumentId} = ${instrumentStaff.instrumentId}
  where ${instrumentStaff.personId} = ${personId}::uuid and ${staffStillSee(now)}
  union
  select ${experiment.id} from ${experiment} where ${readsThroughProject(personId)}`;
