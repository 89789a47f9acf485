import { and, count, eq, gte, sql } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { audit, file, formerPlace } from '../../db/schema/index.ts';

export const LENT = 'file.lendKey';

/** How many keys a person was given since then. */
export async function countLent(q: Queryable, personId: string, since: Date): Promise<number> {
  const [row] = await q
    .select({ lent: count() })
    .from(audit)
    .where(and(eq(audit.principalId, personId), eq(audit.action, LENT), gte(audit.at, since)));
  return row!.lent;
}

/** Whether bytes lie below the prefix that are not this experiment's: data that were given away and have not been moved yet. */
export async function holdsOthers(q: Queryable, experimentId: string, prefix: string): Promise<boolean> {
  const { rows } = await q.execute<{ found: boolean }>(sql`
    select exists (
      select from ${file} f
      where f.experiment_id is distinct from ${experimentId} and starts_with(f.store_key, ${`${prefix}/`})
    ) or exists (
      select from ${formerPlace} p join ${file} f on f.id = p.file_id
      where f.experiment_id is distinct from ${experimentId} and starts_with(p.store_key, ${`${prefix}/`})
    ) as found`);
  return rows[0]!.found;
}

/** How many files of the experiment lie under another key than their path says: renamed or moved just now. */
export async function countElsewhere(q: Queryable, experimentId: string, prefix: string): Promise<number> {
  const [row] = await q
    .select({ files: count() })
    .from(file)
    .where(
      and(
        eq(file.experimentId, experimentId),
        sql`${file.storeKey} <> ${`${prefix}/`}::text || ${file.path}`,
      ),
    );
  return row!.files;
}
