import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { jobProvisionalFile } from '../../db/schema/index.ts';

export interface ProvisionalFile {
  /** Below the output folder. */
  path: string;
  sizeBytes: number;
  changedAt: Date;
  /** Null: too large to keep, or nothing that is shown. */
  content: Uint8Array | null;
}

/** What a run that goes on has left so far, sorted by path. */
export async function provisionalFiles(q: Queryable, jobId: string, limit: number) {
  return q
    .select({
      path: jobProvisionalFile.path,
      sizeBytes: jobProvisionalFile.sizeBytes,
      changedAt: jobProvisionalFile.changedAt,
      hasContent: sql<boolean>`${jobProvisionalFile.content} is not null`,
    })
    .from(jobProvisionalFile)
    .where(eq(jobProvisionalFile.jobId, jobId))
    .orderBy(asc(jobProvisionalFile.path))
    .limit(limit);
}

export async function provisionalContent(
  q: Queryable,
  jobId: string,
  path: string,
): Promise<Uint8Array | null> {
  const [row] = await q
    .select({ content: jobProvisionalFile.content })
    .from(jobProvisionalFile)
    .where(and(eq(jobProvisionalFile.jobId, jobId), eq(jobProvisionalFile.path, path)));
  return row?.content ?? null;
}

/** Writes what changed and removes what is gone. */
export async function keepProvisional(
  tx: Transaction,
  jobId: string,
  { changed, gone }: { changed: readonly ProvisionalFile[]; gone: readonly string[] },
): Promise<void> {
  if (gone.length > 0) {
    await tx
      .delete(jobProvisionalFile)
      .where(and(eq(jobProvisionalFile.jobId, jobId), inArray(jobProvisionalFile.path, [...gone])));
  }
  if (changed.length === 0) return;
  await tx
    .insert(jobProvisionalFile)
    .values(changed.map((file) => ({ jobId, ...file })))
    .onConflictDoUpdate({
      target: [jobProvisionalFile.jobId, jobProvisionalFile.path],
      set: {
        sizeBytes: sql`excluded.size_bytes`,
        changedAt: sql`excluded.changed_at`,
        content: sql`excluded.content`,
      },
    });
}

/** The run is over, or begins anew. */
export async function forgetProvisional(tx: Transaction, jobId: string): Promise<void> {
  await tx.delete(jobProvisionalFile).where(eq(jobProvisionalFile.jobId, jobId));
}
