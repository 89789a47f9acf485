import { and, desc, eq, gte, ilike, inArray, lt, or, type SQL, sql } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { containing } from '../../db/containing.ts';
import { isOfFacility } from '../../db/people-of-facility.ts';
import { agent, audit, dataset, experiment, file, instrument, person } from '../../db/schema/index.ts';

export interface AuditFilter {
  facilityId: string;
  /** Who did it, or whom it was done to: people and agents; or a part of the system. */
  who?: { ids: readonly string[]; systemName: string };
  action?: string;
  experimentId?: string;
  from?: Date;
  until?: Date;
  before?: number;
  limit: number;
}

const atInstrumentOf = (facilityId: string, id: SQL): SQL =>
  sql`exists (select 1 from ${instrument} where ${instrument.id} = ${id} and ${instrument.facilityId} = ${facilityId})`;

/** Rows of one facility among those of several: by what they are about. What cannot be told is shown to none of them. */
const ofFacility = (facilityId: string): SQL => sql`(
  exists (select 1 from ${experiment} where ${experiment.id} = ${audit.experimentId} and ${experiment.facilityId} = ${facilityId})
  or (${audit.experimentId} is null and (
    ${audit.detail} ->> 'facilityId' = ${facilityId}
    or (${audit.entityKind} = 'facility' and ${audit.entityId} = ${facilityId})
    or ${atInstrumentOf(facilityId, sql`case when ${audit.entityKind} = 'instrument' then ${audit.entityId} end`)}
    or exists (select 1 from ${instrument} where ${instrument.id}::text = ${audit.detail} ->> 'instrumentId'
      and ${instrument.facilityId} = ${facilityId})
    or (${audit.entityKind} = 'agent' and exists (select 1 from ${agent} where ${agent.id} = ${audit.entityId}
      and ${atInstrumentOf(facilityId, sql`${agent.instrumentId}`)}))
    or (${audit.entityKind} = 'dataset' and exists (select 1 from ${dataset} where ${dataset.id} = ${audit.entityId}
      and ${atInstrumentOf(facilityId, sql`${dataset.instrumentId}`)}))
    or (${audit.entityKind} = 'file' and exists (select 1 from ${file} where ${file.id} = ${audit.entityId}
      and ${atInstrumentOf(facilityId, sql`${file.instrumentId}`)}))
    or (${audit.entityKind} in ('person', 'token') and not ${audit.detail} ? 'facilityId' and not ${audit.detail} ? 'instrumentId'
      and exists (select 1 from ${person} where (${person.id} = ${audit.entityId} or ${person.id}::text = ${audit.principalId})
        and ${isOfFacility(facilityId)})))))`;

const columns = {
  id: audit.id,
  at: audit.at,
  principalKind: audit.principalKind,
  principalId: audit.principalId,
  action: audit.action,
  entityKind: audit.entityKind,
  entityId: audit.entityId,
  experimentId: audit.experimentId,
  experimentCode: experiment.code,
  detail: audit.detail,
  requestId: audit.requestId,
};

const byAnyOf = ({ ids, systemName }: NonNullable<AuditFilter['who']>): SQL =>
  inArray(audit.principalId, [...ids, systemName]);
const toAnyOf = (ids: readonly string[]): SQL | undefined =>
  ids.length === 0
    ? undefined
    : and(inArray(audit.entityKind, ['person', 'agent']), inArray(audit.entityId, [...ids]));

/** Newest first. */
export async function searchAudit(q: Queryable, filter: AuditFilter, scoped: boolean) {
  return q
    .select(columns)
    .from(audit)
    .leftJoin(experiment, eq(experiment.id, audit.experimentId))
    .where(
      and(
        scoped ? ofFacility(filter.facilityId) : undefined,
        filter.who ? or(byAnyOf(filter.who), toAnyOf(filter.who.ids)) : undefined,
        filter.action ? eq(audit.action, filter.action) : undefined,
        filter.experimentId ? eq(audit.experimentId, filter.experimentId) : undefined,
        filter.from ? gte(audit.at, filter.from) : undefined,
        filter.until ? lt(audit.at, filter.until) : undefined,
        filter.before === undefined ? undefined : lt(audit.id, filter.before),
      ),
    )
    .orderBy(desc(audit.id))
    .limit(filter.limit);
}

export type AuditRow = Awaited<ReturnType<typeof searchAudit>>[number];

/** Every action there is a row of, by skipping from one to the next in the index: the cost is that of the actions, not of the rows. */
export async function knownActions(q: Queryable): Promise<string[]> {
  const { rows } = await q.execute<{ action: string }>(sql`
    with recursive known as (
      (select action from ${audit} order by action limit 1)
      union all
      select (select next.action from ${audit} next where next.action > known.action order by next.action limit 1)
      from known where known.action is not null)
    select action from known where action is not null`);
  return rows.map((row) => row.action);
}

/** Ids of people of the facility and of its agents whose name or e-mail holds the text. */
export async function principalsNamed(
  q: Queryable,
  facilityId: string,
  text: string,
  limit: number,
): Promise<string[]> {
  const like = containing(text);
  const [people, agents] = await Promise.all([
    q
      .select({ id: person.id })
      .from(person)
      .where(and(isOfFacility(facilityId), or(ilike(person.name, like), ilike(person.email, like))))
      .limit(limit),
    q
      .select({ id: agent.id })
      .from(agent)
      .innerJoin(instrument, eq(instrument.id, agent.instrumentId))
      .where(and(eq(instrument.facilityId, facilityId), ilike(agent.name, like)))
      .limit(limit),
  ]);
  return [...people, ...agents].map(({ id }) => id);
}

/** Names of people and agents by their ids. */
export async function namesOf(
  q: Queryable,
  ids: readonly string[],
): Promise<Map<string, { name: string; email: string | null }>> {
  if (ids.length === 0) return new Map();
  const [people, agents] = await Promise.all([
    q
      .select({ id: person.id, name: person.name, email: person.email })
      .from(person)
      .where(inArray(person.id, [...ids])),
    q
      .select({ id: agent.id, name: agent.name })
      .from(agent)
      .where(inArray(agent.id, [...ids])),
  ]);
  const named: [string, { name: string; email: string | null }][] = [
    ...agents.map(({ id, name }): [string, { name: string; email: null }] => [id, { name, email: null }]),
    ...people.map(({ id, ...who }): [string, typeof who] => [id, who]),
  ];
  return new Map(named);
}

export async function experimentOfFacility(q: Queryable, facilityId: string, code: string) {
  const [row] = await q
    .select({ id: experiment.id })
    .from(experiment)
    .where(and(eq(experiment.facilityId, facilityId), eq(experiment.code, code)));
  return row ?? null;
}
