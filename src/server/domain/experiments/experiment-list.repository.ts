import { and, eq, gt, inArray, isNull, lt, type SQL, sql } from 'drizzle-orm';
import type { ExperimentState } from '../../../shared/model/states.ts';
import type { Queryable } from '../../db/client.ts';
import { holdsWord } from '../../db/experiment-search.ts';
import {
  activation,
  experiment,
  externalId,
  instrument,
  instrumentStaff,
  membership,
} from '../../db/schema/index.ts';
import { readsThroughProject, staffStillSee, visibleExperiments } from '../../db/tenant-floor.ts';
import type { ContainerRow, InstrumentRow } from './access.repository.ts';

const BEGINS = sql`coalesce(${experiment.startedAt}, ${experiment.plannedStart}, ${experiment.createdAt})`;
const ENDS = sql`coalesce(${experiment.finishedAt}, ${experiment.plannedEnd}, 'infinity')`;

/** What lists are ordered by: the key, its type, how it is written in a cursor, and whether it falls. */
const SORT_KEYS = {
  /** The experiments active at their instruments first, then the newest. */
  newest: {
    key: sql`(case when ${activation.id} is null then 0 else 1 end)`,
    type: sql`int`,
    form: /^[01]$/,
    falls: true,
  },
  title: { key: sql`lower(${experiment.title})`, type: sql`text`, form: /^[^\0]*$/, falls: false },
  pi: { key: sql`lower(${experiment.piName})`, type: sql`text`, form: /^[^\0]*$/, falls: false },
  /** When it began or is planned to, in microseconds since 1970; such without a date by when they were made. */
  start: {
    key: sql`(extract(epoch from ${BEGINS}) * 1000000)::bigint`,
    type: sql`bigint`,
    form: /^-?\d{1,18}$/,
    falls: true,
  },
} as const;
export type ExperimentSort = keyof typeof SORT_KEYS;
export const EXPERIMENT_SORTS = Object.keys(SORT_KEYS) as [ExperimentSort, ...ExperimentSort[]];

/** Whether a text may be a key of this order. */
export const isSortKey = (sort: ExperimentSort, key: string): boolean => SORT_KEYS[sort].form.test(key);

export interface ListFilter {
  /** Null: the system, which sees all. */
  personId: string | null;
  /** Decides whether staff still see it. */
  now: Date;
  instrumentId?: string;
  states?: readonly ExperimentState[];
  /** Only those the person is a member of. */
  mine?: boolean;
  /** Only those that are active at their instrument now. */
  active?: boolean;
  /** Only those that lay, or are planned, at least partly after `from` and before `to`. */
  from?: Date;
  to?: Date;
  /** Only that of this visit, and only those of this proposal, by their ids at the user office. */
  visit?: string;
  proposal?: string;
  /** Words that all stand somewhere in code, title, keywords and PI. */
  words: readonly string[];
  sort: ExperimentSort;
  /** The last row seen: its sort key as text, and its id. */
  after?: { key: string; id: string };
  limit: number;
}

export interface ListedExperiment {
  experiment: ContainerRow;
  instrument: Pick<InstrumentRow, 'id' | 'slug' | 'name'>;
  memberRole: (typeof membership.$inferSelect)['role'] | null;
  isReader: boolean;
  isStaff: boolean;
  activeSince: Date | null;
  sortKey: string;
}

/** Of a query of experiments: another system knows it by such an id. */
const isKnownBy = (condition: SQL) =>
  sql`exists (select 1 from ${externalId} where ${externalId.entityId} = ${experiment.id} and ${externalId.facilityId} = ${experiment.facilityId} and (${condition}))`;

/** Told for itself, or with each of its visits. */
const ofProposal = (proposal: string) =>
  sql`(${externalId.kind} = 'proposal' and ${externalId.value} = ${proposal}) or (${externalId.kind} = 'visit' and ${externalId.detail} ->> 'proposal' = ${proposal})`;

/** Behind the last row seen, in the order of the sort; equal keys by id, the newest first. */
function behind({ sort, after }: Pick<ListFilter, 'sort' | 'after'>): SQL | undefined {
  if (!after) return undefined;
  const { key, type, falls } = SORT_KEYS[sort];
  const value = sql`${after.key}::${type}`;
  return sql`(${key} ${falls ? sql`<` : sql`>`} ${value} or (${key} = ${value} and ${lt(experiment.id, after.id)}))`;
}

/** The experiments a person may see; no projects, which have no instrument. Who sees what stands here in SQL; the policy decides single ones alike. */
export async function listVisible(q: Queryable, filter: ListFilter): Promise<ListedExperiment[]> {
  const person = filter.personId;
  const conditions: (SQL | undefined)[] = [
    person === null ? undefined : inArray(experiment.id, sql`(${visibleExperiments(person, filter.now)})`),
    filter.mine ? sql`${membership.personId} is not null` : undefined,
    filter.active ? sql`${activation.id} is not null` : undefined,
    filter.instrumentId ? eq(experiment.instrumentId, filter.instrumentId) : undefined,
    filter.states ? inArray(experiment.state, [...filter.states]) : undefined,
    filter.from ? gt(ENDS, filter.from.toISOString()) : undefined,
    filter.to ? lt(BEGINS, filter.to.toISOString()) : undefined,
    filter.visit
      ? isKnownBy(sql`${externalId.kind} = 'visit' and ${externalId.value} = ${filter.visit}`)
      : undefined,
    filter.proposal ? isKnownBy(ofProposal(filter.proposal)) : undefined,
    ...filter.words.map(holdsWord),
    behind(filter),
  ];
  // Joined by an impossible person when the system asks, so that one statement serves both.
  const joinPerson = person ?? '00000000-0000-0000-0000-000000000000';
  const { key, falls } = SORT_KEYS[filter.sort];
  const rows = await q
    .select({
      experiment,
      instrument: { id: instrument.id, slug: instrument.slug, name: instrument.name },
      memberRole: membership.role,
      isReader: readsThroughProject(joinPerson),
      staffId: instrumentStaff.personId,
      activeSince: activation.startedAt,
      sortKey: sql<string>`(${key})::text`,
    })
    .from(experiment)
    .innerJoin(instrument, eq(instrument.id, experiment.instrumentId))
    .leftJoin(
      membership,
      and(eq(membership.experimentId, experiment.id), eq(membership.personId, joinPerson)),
    )
    .leftJoin(
      instrumentStaff,
      and(
        eq(instrumentStaff.instrumentId, experiment.instrumentId),
        eq(instrumentStaff.personId, joinPerson),
        staffStillSee(filter.now),
      ),
    )
    .leftJoin(activation, and(eq(activation.experimentId, experiment.id), isNull(activation.endedAt)))
    .where(and(...conditions))
    .orderBy(falls ? sql`${key} desc` : sql`${key} asc`, sql`${experiment.id} desc`)
    .limit(filter.limit);
  return rows.map(({ staffId, ...row }) => ({ ...row, isStaff: staffId !== null }));
}
