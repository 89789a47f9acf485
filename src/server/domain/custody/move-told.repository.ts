import { and, desc, eq, isNotNull, sql } from 'drizzle-orm';
import type { MoveTold } from '../../../shared/model/move-told.ts';
import type { Queryable } from '../../db/client.ts';
import { audit, experiment, instrument, person } from '../../db/schema/index.ts';

export async function personName(q: Queryable, personId: string): Promise<string | null> {
  const [row] = await q.select({ name: person.name }).from(person).where(eq(person.id, personId));
  return row?.name ?? null;
}

export async function instrumentName(q: Queryable, instrumentId: string): Promise<string> {
  const [row] = await q
    .select({ name: instrument.name })
    .from(instrument)
    .where(eq(instrument.id, instrumentId));
  return row?.name ?? 'the instrument';
}

/** What an experiment is called by people. */
export async function experimentNames(
  q: Queryable,
  experimentId: string,
): Promise<{ code: string; title: string } | null> {
  const { code, title } = experiment;
  const [row] = await q.select({ code, title }).from(experiment).where(eq(experiment.id, experimentId));
  return row ?? null;
}

/** What an experiment was told of moved data, the newest first. */
export async function listTold(
  q: Queryable,
  experimentId: string,
  limit: number,
): Promise<{ id: number; at: Date; told: MoveTold }[]> {
  const told = sql<MoveTold>`${audit.detail}->'told'`;
  return q
    .select({ id: audit.id, at: audit.at, told })
    .from(audit)
    .where(and(eq(audit.experimentId, experimentId), isNotNull(told)))
    .orderBy(desc(audit.at), desc(audit.id))
    .limit(limit);
}
