import { and, desc, eq, ilike, inArray, isNull, lt, notExists, or, type SQL, sql } from 'drizzle-orm';
import type { AcquisitionMark } from '../../../shared/model/acquisition-fields.ts';
import type { AcquisitionKind, DatasetState } from '../../../shared/model/states.ts';
import type { Queryable } from '../../db/client.ts';
import { acquisition, dataset, datasetMetric, sample } from '../../db/schema/index.ts';
import { type DatasetSummary, summaries } from './dataset.repository.ts';

/** What is asked for; undefined: all. */
export interface DatasetFilter {
  /** Looked for, without case and literally, in names, samples and comments. */
  search?: string | undefined;
  state?: DatasetState | undefined;
  kind?: AcquisitionKind | undefined;
  mark?: AcquisitionMark | 'none' | undefined;
  /** By its name. */
  sample?: string | undefined;
  withoutSample?: boolean | undefined;
}

/** Of a query of dataset, acquisition and sample. */
function matches({ search, state, kind, mark, sample: sampleName, withoutSample }: DatasetFilter): SQL[] {
  const like = search ? `%${search.replaceAll(/[\\%_]/g, '\\$&')}%` : null;
  const conditions = [
    like === null
      ? undefined
      : or(ilike(dataset.base, like), ilike(sample.name, like), ilike(acquisition.comment, like)),
    state && eq(dataset.state, state),
    kind && eq(acquisition.kind, kind),
    mark && (mark === 'none' ? isNull(acquisition.mark) : eq(acquisition.mark, mark)),
    sampleName === undefined ? undefined : eq(sample.name, sampleName),
    withoutSample ? isNull(acquisition.sampleId) : undefined,
  ];
  return conditions.filter((condition) => condition !== undefined);
}

const isFiltered = (filter: DatasetFilter) => matches(filter).length > 0;

/** Newest first, behind the cursor. */
export async function listSummaries(
  q: Queryable,
  input: {
    experimentId: string;
    filter: DatasetFilter;
    after: { startedAt: Date; id: string } | null;
    limit: number;
  },
): Promise<DatasetSummary[]> {
  const { after } = input;
  return summaries(q)
    .where(
      and(
        eq(dataset.experimentId, input.experimentId),
        ...matches(input.filter),
        after
          ? or(
              lt(dataset.startedAt, after.startedAt),
              and(eq(dataset.startedAt, after.startedAt), lt(dataset.id, after.id)),
            )
          : undefined,
      ),
    )
    .orderBy(desc(dataset.startedAt), desc(dataset.id))
    .limit(input.limit);
}

/** Where a dataset stands in the order of a metric; null: its jobs told none. The value as PostgreSQL writes it, so that it comes back exactly. */
export interface MetricPlace {
  value: string | null;
  id: string;
}

interface ByMetric {
  experimentId: string;
  filter: DatasetFilter;
  metric: string;
  falls: boolean;
  after: MetricPlace | null;
  limit: number;
}

/** By the number, equal ones the newest first: from the index of `dataset_metric` alone, unless something is filtered. */
async function placesWithMetric(q: Queryable, input: ByMetric): Promise<MetricPlace[]> {
  const { experimentId, filter, metric, falls, after, limit } = input;
  const { value, datasetId } = datasetMetric;
  const reached = falls ? sql`<=` : sql`>=`;
  const beyond = falls ? sql`<` : sql`>`;
  // The first condition is where the index is entered.
  const behind =
    after?.value == null
      ? undefined
      : sql`${value} ${reached} ${after.value}::float8 and (${value} ${beyond} ${after.value}::float8 or ${datasetId} < ${after.id})`;
  const all = q
    .select({ value: sql<string>`${value}::text`, id: datasetId })
    .from(datasetMetric)
    .where(
      and(
        eq(datasetMetric.experimentId, experimentId),
        eq(datasetMetric.name, metric),
        behind,
        isFiltered(filter) ? inArray(datasetId, idsThatMatch(q, experimentId, filter)) : undefined,
      ),
    )
    .orderBy(falls ? desc(value) : value, desc(datasetId))
    .limit(limit);
  return all;
}

const idsThatMatch = (q: Queryable, experimentId: string, filter: DatasetFilter) =>
  q
    .select({ id: dataset.id })
    .from(dataset)
    .innerJoin(acquisition, eq(acquisition.id, dataset.acquisitionId))
    .leftJoin(sample, eq(sample.id, acquisition.sampleId))
    .where(and(eq(dataset.experimentId, experimentId), ...matches(filter)));

/** Those without the number, the newest first. */
async function placesWithout(q: Queryable, input: ByMetric): Promise<MetricPlace[]> {
  const { experimentId, filter, metric, after, limit } = input;
  const told = q
    .select({ id: datasetMetric.datasetId })
    .from(datasetMetric)
    .where(and(eq(datasetMetric.datasetId, dataset.id), eq(datasetMetric.name, metric)));
  const rows = await q
    .select({ id: dataset.id })
    .from(dataset)
    .where(
      and(
        eq(dataset.experimentId, experimentId),
        after?.value === null ? lt(dataset.id, after.id) : undefined,
        notExists(told),
        isFiltered(filter) ? inArray(dataset.id, idsThatMatch(q, experimentId, filter)) : undefined,
      ),
    )
    .orderBy(desc(dataset.id))
    .limit(limit);
  return rows.map(({ id }) => ({ value: null, id }));
}

/**
 * By a number of the summary, behind the place; those without it last, equal ones the newest first. The order is found before anything is read of
 * the rows: an experiment may have many thousands of datasets.
 */
export async function listByMetric(
  q: Queryable,
  input: ByMetric,
): Promise<(DatasetSummary & { metricValue: string | null })[]> {
  const places = input.after?.value === null ? [] : await placesWithMetric(q, input);
  const lacking = input.limit - places.length;
  if (lacking > 0) {
    const after = input.after?.value === null ? input.after : null;
    places.push(...(await placesWithout(q, { ...input, after, limit: lacking })));
  }
  const ids = places.map(({ id }) => id);
  const rows = ids.length === 0 ? [] : await summaries(q).where(inArray(dataset.id, ids));
  const byId = new Map(rows.map((row) => [row.id, row]));
  return places.flatMap(({ id, value }) => {
    const row = byId.get(id);
    return row ? [{ ...row, metricValue: value }] : [];
  });
}
