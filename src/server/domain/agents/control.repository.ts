import { and, desc, eq, gte, inArray, isNull, ne, or } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { activation, experiment } from '../../db/schema/index.ts';

/** The newest activations of an instrument that touch the time from `from` on, newest first. */
export async function newestActivations(q: Queryable, instrumentId: string, from: Date, limit: number) {
  return q
    .select({
      experimentId: activation.experimentId,
      startedAt: activation.startedAt,
      endedAt: activation.endedAt,
    })
    .from(activation)
    .where(
      and(
        eq(activation.instrumentId, instrumentId),
        or(isNull(activation.endedAt), gte(activation.endedAt, from)),
      ),
    )
    .orderBy(desc(activation.startedAt), desc(activation.id))
    .limit(limit);
}

const COLUMNS = {
  id: experiment.id,
  code: experiment.code,
  title: experiment.title,
  state: experiment.state,
  uploadEnabled: experiment.uploadEnabled,
  uploadSince: experiment.uploadSince,
  uploadHeld: experiment.uploadHeld,
  createdAt: experiment.createdAt,
};
export type ControlExperimentRow = Awaited<ReturnType<typeof experimentsById>>[number];

export async function experimentsById(q: Queryable, ids: readonly string[]) {
  return q
    .select(COLUMNS)
    .from(experiment)
    .where(inArray(experiment.id, [...ids]));
}

/** Experiments of an instrument that are not Closed, newest first. */
export async function openExperiments(
  q: Queryable,
  instrumentId: string,
  limit: number,
): Promise<ControlExperimentRow[]> {
  return q
    .select(COLUMNS)
    .from(experiment)
    .where(and(eq(experiment.instrumentId, instrumentId), ne(experiment.state, 'closed')))
    .orderBy(desc(experiment.createdAt), desc(experiment.id))
    .limit(limit);
}
