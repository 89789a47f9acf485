import { and, asc, eq, gt, or, sql } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { file, fileVersion, preview, snapshot } from '../../db/schema/index.ts';
import { versionKey } from '../ingest/complete-version.ts';

/** Bytes that a record of the database names. */
export interface StoredContent {
  key: string;
  /** SHA-256 of what was sent; null of a preview and a snapshot, whose keys are never given to other bytes. */
  sha256: string | null;
  /** Where the bytes lie when a new version of the file was cut short between its bytes and its record; null where that cannot be. */
  asideKey: string | null;
}

const PAGE = 1000;

/** Every content that is recorded, each page as it is at its moment: files, their former contents, previews, snapshots. */
export async function* storedContents(q: Queryable): AsyncGenerator<StoredContent, void> {
  for (let after = ''; ; ) {
    const rows = await q
      .select({ id: file.id, version: file.version, key: file.storeKey, sha256: file.sha256 })
      .from(file)
      .where(gt(file.storeKey, after))
      .orderBy(asc(file.storeKey))
      .limit(PAGE);
    for (const { id, version, key, sha256 } of rows) yield { key, sha256, asideKey: versionKey(id, version) };
    if (rows.length < PAGE) break;
    after = rows.at(-1)!.key;
  }
  for (let after = ''; ; ) {
    const rows = await q
      .select({ key: fileVersion.storeKey, sha256: fileVersion.sha256 })
      .from(fileVersion)
      .where(gt(fileVersion.storeKey, after))
      .orderBy(asc(fileVersion.storeKey))
      .limit(PAGE);
    for (const row of rows) yield { ...row, asideKey: null };
    if (rows.length < PAGE) break;
    after = rows.at(-1)!.key;
  }
  yield* storedPreviews(q);
  yield* storedSnapshots(q);
}

async function* storedSnapshots(q: Queryable): AsyncGenerator<StoredContent, void> {
  for (let after = ''; ; ) {
    const rows = await q
      .select({ key: snapshot.storeKey })
      .from(snapshot)
      .where(gt(snapshot.storeKey, after))
      .orderBy(asc(snapshot.storeKey))
      .limit(PAGE);
    for (const { key } of rows) yield { key, sha256: null, asideKey: null };
    if (rows.length < PAGE) return;
    after = rows.at(-1)!.key;
  }
}

async function* storedPreviews(q: Queryable): AsyncGenerator<StoredContent, void> {
  for (let last: { datasetId: string; frame: number } | null = null; ; ) {
    const behind =
      last === null
        ? undefined
        : or(
            gt(preview.datasetId, last.datasetId),
            and(eq(preview.datasetId, last.datasetId), gt(preview.frame, last.frame)),
          );
    const rows: { datasetId: string; frame: number; key: string }[] = await q
      .select({ datasetId: preview.datasetId, frame: preview.frame, key: preview.storeKey })
      .from(preview)
      .where(behind)
      .orderBy(asc(preview.datasetId), asc(preview.frame))
      .limit(PAGE);
    for (const { key } of rows) yield { key, sha256: null, asideKey: null };
    if (rows.length < PAGE) return;
    last = rows.at(-1)!;
  }
}

/** Whether a record still names these bytes under this key. */
export async function isStillRecorded(q: Queryable, { key, sha256 }: StoredContent): Promise<boolean> {
  const found =
    sha256 === null
      ? [
          ...(await q
            .select({ key: preview.storeKey })
            .from(preview)
            .where(eq(preview.storeKey, key))
            .limit(1)),
          ...(await q.select({ key: snapshot.storeKey }).from(snapshot).where(eq(snapshot.storeKey, key))),
        ]
      : [
          ...(await q
            .select({ key: file.storeKey })
            .from(file)
            .where(and(eq(file.storeKey, key), eq(file.sha256, sha256)))),
          ...(await q
            .select({ key: fileVersion.storeKey })
            .from(fileVersion)
            .where(and(eq(fileVersion.storeKey, key), eq(fileVersion.sha256, sha256)))),
        ];
  return found.length > 0;
}

/** What of this installation writes into the store, by the names under which it is connected to the database. */
const WRITERS = ['web', 'worker', 'live'];

/** Those that run now. */
export async function runningWriters(q: Queryable): Promise<string[]> {
  const names = sql.join(
    WRITERS.map((name) => sql`${`beamdeck-${name}`}`),
    sql`, `,
  );
  const { rows } = await q.execute<{ name: string }>(
    sql`select distinct application_name as name from pg_stat_activity
      where datname = current_database() and application_name in (${names}) order by 1`,
  );
  return rows.map(({ name }) => name);
}
