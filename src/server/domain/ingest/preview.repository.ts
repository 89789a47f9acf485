import { and, desc, eq, exists, ne, notExists, sql } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { dataset, file, frameTable, preview } from '../../db/schema/index.ts';

export type PreviewRow = typeof preview.$inferSelect;

/** Records the preview of a frame; one that is kept stays kept. Returns the keys of what it replaces. */
export async function upsertPreview(tx: Transaction, row: PreviewRow): Promise<string[]> {
  const { datasetId, frame } = row;
  const former = await tx
    .delete(preview)
    .where(and(eq(preview.datasetId, datasetId), eq(preview.frame, frame)))
    .returning();
  const kept = row.kept || former.some((one) => one.kept);
  await tx.insert(preview).values({ ...row, kept });
  return former.map(({ storeKey }) => storeKey);
}

/** Removes all that are not kept but that of the latest frame. Returns their keys. */
export async function deletePassing(tx: Transaction, datasetId: string): Promise<string[]> {
  const passing = and(eq(preview.datasetId, datasetId), eq(preview.kept, false));
  const [newest] = await tx
    .select({ frame: preview.frame })
    .from(preview)
    .where(passing)
    .orderBy(desc(preview.frame))
    .limit(1);
  if (!newest) return [];
  const gone = await tx
    .delete(preview)
    .where(and(passing, ne(preview.frame, newest.frame)))
    .returning({ storeKey: preview.storeKey });
  return gone.map(({ storeKey }) => storeKey);
}

/** Frames that have a preview. */
export async function previewedFrames(
  q: Queryable,
  datasetId: string,
): Promise<{ frame: number; kept: boolean }[]> {
  return q
    .select({ frame: preview.frame, kept: preview.kept })
    .from(preview)
    .where(eq(preview.datasetId, datasetId));
}

/** Where the frames of a channel lie in the store, in order; without files of which nobody knows it. */
export async function framesInStore(q: Queryable, datasetId: string, channel: string) {
  return q
    .select({
      storeKey: file.storeKey,
      firstFrame: frameTable.firstFrame,
      rows: frameTable.rows,
      entries: frameTable.entries,
    })
    .from(frameTable)
    .innerJoin(file, eq(file.id, frameTable.fileId))
    .where(
      and(
        eq(frameTable.datasetId, datasetId),
        eq(frameTable.channel, channel),
        sql`octet_length(${frameTable.entries}) > 0`,
      ),
    )
    .orderBy(frameTable.firstFrame);
}

/** Datasets from files whose frames can be shown and that have no preview, the newest first. */
export async function datasetsWithoutPreview(q: Queryable, limit: number): Promise<string[]> {
  const located = q
    .select({ one: sql`1` })
    .from(frameTable)
    .where(and(eq(frameTable.datasetId, dataset.id), sql`octet_length(${frameTable.entries}) > 0`));
  const pictures = q.select({ one: sql`1` }).from(preview).where(eq(preview.datasetId, dataset.id));
  const rows = await q
    .select({ id: dataset.id })
    .from(dataset)
    .where(and(ne(dataset.sourceKind, 'stream'), notExists(pictures), exists(located)))
    .orderBy(desc(dataset.startedAt))
    .limit(limit);
  return rows.map(({ id }) => id);
}

/**
 * Has the workers make previews a moment from now, all that are lacking then. One dataset after the other: pictures wait rather than what
 * else a worker does.
 */
export async function enqueuePreviews(q: Queryable, datasetId: string): Promise<void> {
  await q.execute(sql`
    select graphile_worker.add_job(
      'make-previews',
      json_build_object('datasetId', ${datasetId}::text),
      queue_name => 'make-previews',
      run_at => now() + interval '1 second',
      job_key => ${`make-previews:${datasetId}`}::text,
      job_key_mode => 'preserve_run_at',
      priority => 10
    )`);
}
