import { and, count, desc, eq, gte, inArray, isNull, ne, not, or, type SQL, sql } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { experiment, file } from '../../db/schema/index.ts';
import { type CockpitScope, inScope } from './cockpit-scope.repository.ts';

/** How many of the newest files are looked through for those without a dataset: of the instrument, or of each of a member's experiments. */
const LOOKED_THROUGH = { instrument: 1000, experiment: 300 };

/** Results of jobs have no dataset either, and do not arrive. */
const isLoose = and(isNull(file.datasetId), ne(file.kind, 'result'));

/** Those without a dataset among the newest files: one index answers, however many there are of others or in datasets. */
function newestLoose({ instrumentId, experimentIds }: CockpitScope): SQL {
  const columns = sql`${file.id}, ${file.datasetId}, ${file.kind}`;
  if (experimentIds === null) {
    return sql`select ${file.id} from (
      select ${columns} from ${file} where ${file.instrumentId} = ${instrumentId}
      order by ${file.committedAt} desc limit ${LOOKED_THROUGH.instrument}) as ${file} where ${isLoose}`;
  }
  return sql`select ${file.id} from unnest(${sql.param([...experimentIds])}::uuid[]) own(id)
    cross join lateral (
      select ${columns} from ${file} where ${file.experimentId} = own.id
      order by ${file.changedTxid} desc limit ${LOOKED_THROUGH.experiment}) as ${file} where ${isLoose}`;
}

/** The newest files that belong to no dataset, the newest first. */
export async function listArrivingFiles(q: Queryable, scope: CockpitScope, limit: number) {
  return q
    .select({
      id: file.id,
      path: file.path,
      parent: file.parent,
      sizeBytes: file.sizeBytes,
      committedAt: file.committedAt,
      experimentCode: experiment.code,
    })
    .from(file)
    .leftJoin(experiment, eq(experiment.id, file.experimentId))
    .where(
      and(
        // An array is made first, and its files found by their ids: a join could walk through all files of the instrument.
        sql`${file.id} = any(array(${newestLoose(scope)}))`,
        eq(file.instrumentId, scope.instrumentId),
        inScope(scope, { orNobodys: true }),
      ),
    )
    .orderBy(desc(file.committedAt), desc(file.id))
    .limit(limit);
}
export type ArrivingFileRow = Awaited<ReturnType<typeof listArrivingFiles>>[number];

/** How many files without a dataset came to others since then. */
export async function countOthersFiles(
  q: Queryable,
  instrumentId: string,
  ownIds: readonly string[],
  since: Date,
): Promise<number> {
  const [row] = await q
    .select({ count: count() })
    .from(file)
    .where(
      and(
        eq(file.instrumentId, instrumentId),
        gte(file.committedAt, since),
        isLoose,
        or(isNull(file.experimentId), not(inArray(file.experimentId, [...ownIds]))),
      ),
    );
  return row!.count;
}
