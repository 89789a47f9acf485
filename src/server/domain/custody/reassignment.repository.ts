import { and, asc, desc, eq, gt, inArray, isNull, ne, or, sql } from 'drizzle-orm';
import { splitStorePath } from '../../../shared/model/store-path.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import {
  acquisition,
  dataset,
  experiment,
  file,
  job,
  person,
  reassignment,
  sample,
  upload,
} from '../../db/schema/index.ts';
import type { FileRow } from './place.repository.ts';

export type ReassignmentRow = typeof reassignment.$inferSelect;
export type DatasetRow = typeof dataset.$inferSelect;

export async function lockDatasetRow(tx: Transaction, datasetId: string): Promise<DatasetRow | null> {
  const rows = await tx.select().from(dataset).where(eq(dataset.id, datasetId)).for('update');
  return rows[0] ?? null;
}

export async function lockFileRow(tx: Transaction, fileId: string): Promise<FileRow | null> {
  const rows = await tx.select().from(file).where(eq(file.id, fileId)).for('update');
  return rows[0] ?? null;
}

/** The files of a dataset, without what jobs made of it, by path. */
export async function filesOfDataset(q: Queryable, datasetId: string): Promise<FileRow[]> {
  return q
    .select()
    .from(file)
    .where(and(eq(file.datasetId, datasetId), ne(file.kind, 'result')))
    .orderBy(asc(file.path));
}

/** True while an agent sends a file of the dataset, or a new version of one of these files. */
export async function hasOpenUploads(
  q: Queryable,
  { datasetId, fileIds }: { datasetId: string | null; fileIds: readonly string[] },
): Promise<boolean> {
  const [row] = await q
    .select({ id: upload.id })
    .from(upload)
    .where(
      and(
        eq(upload.state, 'open'),
        or(
          datasetId === null ? undefined : eq(upload.datasetId, datasetId),
          inArray(upload.replacesFileId, [...fileIds]),
        ),
      ),
    )
    .limit(1);
  return row !== undefined;
}

/** True while a job of the dataset waits or runs. */
export async function hasJobsUnderWay(q: Queryable, datasetId: string): Promise<boolean> {
  const [row] = await q
    .select({ id: job.id })
    .from(job)
    .where(and(eq(job.datasetId, datasetId), inArray(job.state, ['queued', 'submitted', 'running'])))
    .limit(1);
  return row !== undefined;
}

/** Name of the sample that was measured, whether or not it is one of an experiment. */
export async function sampleNameOf(q: Queryable, acquisitionId: string): Promise<string | null> {
  const [row] = await q
    .select({ name: sample.name, parameters: acquisition.parameters })
    .from(acquisition)
    .leftJoin(sample, eq(sample.id, acquisition.sampleId))
    .where(eq(acquisition.id, acquisitionId));
  const kept = row?.parameters.sampleName;
  return row?.name ?? (typeof kept === 'string' ? kept : null);
}

export async function giveDataset(
  tx: Transaction,
  row: Pick<DatasetRow, 'id' | 'acquisitionId'>,
  place: { experimentId: string; base: string; sampleId: string | null },
): Promise<void> {
  const { experimentId, base, sampleId } = place;
  await tx.update(dataset).set({ experimentId, base, unassignedReason: null }).where(eq(dataset.id, row.id));
  // What the people of another experiment wrote of it is theirs: their audit keeps it.
  const unwritten = { externalId: null, mark: null, comment: '', corrections: {} };
  await tx
    .update(acquisition)
    .set({ experimentId, sampleId, ...unwritten, version: sql`${acquisition.version} + 1` })
    .where(eq(acquisition.id, row.acquisitionId));
}

/** Gives files to an experiment under these paths; where their bytes lie does not change. One statement. */
export async function giveFiles(
  tx: Transaction,
  experimentId: string,
  files: readonly { id: string; path: string }[],
): Promise<void> {
  if (files.length === 0) return;
  const split = files.map(({ path }) => splitStorePath(path));
  const column = <T>(values: readonly T[]) => sql.param(values);
  await tx.execute(sql`
    update ${file} set experiment_id = ${experimentId}::uuid, path = v.path, parent = v.parent, name = v.name, unassigned_reason = null
    from unnest(
      ${column(files.map(({ id }) => id))}::uuid[], ${column(files.map(({ path }) => path))}::text[],
      ${column(split.map(({ parent }) => parent))}::text[], ${column(split.map(({ name }) => name))}::text[]
    ) as v(id, path, parent, name)
    where ${file.id} = v.id`);
}

/** False when the file lies under another key by now. */
export async function setStoreKey(
  tx: Transaction,
  fileId: string,
  fromKey: string,
  toKey: string,
): Promise<boolean> {
  const rows = await tx
    .update(file)
    .set({ storeKey: toKey })
    .where(and(eq(file.id, fileId), eq(file.storeKey, fromKey)))
    .returning({ id: file.id });
  return rows.length > 0;
}

export async function insertReassignment(
  tx: Transaction,
  row: typeof reassignment.$inferInsert,
): Promise<void> {
  await tx.insert(reassignment).values(row);
}

export async function findReassignment(q: Queryable, id: string): Promise<ReassignmentRow | null> {
  const rows = await q.select().from(reassignment).where(eq(reassignment.id, id));
  return rows[0] ?? null;
}

export async function setReassignment(
  q: Queryable,
  id: string,
  changes: Pick<ReassignmentRow, 'state' | 'failure' | 'doneAt'>,
): Promise<void> {
  await q.update(reassignment).set(changes).where(eq(reassignment.id, id));
}

export async function isMoving(
  q: Queryable,
  of: { datasetId: string } | { fileId: string },
): Promise<boolean> {
  const which =
    'datasetId' in of ? eq(reassignment.datasetId, of.datasetId) : eq(reassignment.fileId, of.fileId);
  const rows = await q
    .select({ id: reassignment.id })
    .from(reassignment)
    .where(and(which, eq(reassignment.state, 'moving')));
  return rows.length > 0;
}

/** Has the workers move the bytes; same transaction as the change. */
export async function enqueueMove(q: Queryable, reassignmentId: string): Promise<void> {
  await q.execute(sql`
    select graphile_worker.add_job(
      'move-data',
      json_build_object('reassignmentId', ${reassignmentId}::text),
      job_key => ${`move-data:${reassignmentId}`}::text
    )`);
}

export async function movingIds(q: Queryable): Promise<string[]> {
  const rows = await q
    .select({ id: reassignment.id })
    .from(reassignment)
    .where(eq(reassignment.state, 'moving'));
  return rows.map(({ id }) => id);
}

/** Reassignments of an instrument, the newest first. */
export async function listReassignments(q: Queryable, instrumentId: string, limit: number) {
  return q
    .select({
      id: reassignment.id,
      datasetId: reassignment.datasetId,
      fileId: reassignment.fileId,
      fromExperimentId: reassignment.fromExperimentId,
      toExperimentId: reassignment.toExperimentId,
      toExperimentCode: experiment.code,
      fromPath: reassignment.fromPath,
      toPath: reassignment.toPath,
      reason: reassignment.reason,
      state: reassignment.state,
      failure: reassignment.failure,
      createdAt: reassignment.createdAt,
      createdByName: person.name,
      doneAt: reassignment.doneAt,
    })
    .from(reassignment)
    .innerJoin(experiment, eq(experiment.id, reassignment.toExperimentId))
    .leftJoin(person, eq(person.id, reassignment.createdBy))
    .where(eq(reassignment.instrumentId, instrumentId))
    .orderBy(desc(reassignment.createdAt), desc(reassignment.id))
    .limit(limit);
}

/** Datasets of the instrument that belong to no experiment, newest first. */
export async function trayDatasets(q: Queryable, instrumentId: string, limit: number) {
  return q
    .select({
      id: dataset.id,
      base: dataset.base,
      reason: dataset.unassignedReason,
      state: dataset.state,
      ending: dataset.ending,
      sourceKind: dataset.sourceKind,
      detectorName: dataset.detectorName,
      framesExpected: dataset.framesExpected,
      framesStored: dataset.framesStored,
      startedAt: dataset.startedAt,
    })
    .from(dataset)
    .where(and(eq(dataset.instrumentId, instrumentId), isNull(dataset.experimentId)))
    .orderBy(desc(dataset.startedAt), desc(dataset.id))
    .limit(limit);
}

const looseOf = (instrumentId: string) =>
  and(eq(file.instrumentId, instrumentId), isNull(file.experimentId), isNull(file.datasetId));

/** Files of the instrument that belong to no experiment and to no dataset, in the order in which they came, behind `after`. */
export async function trayFiles(q: Queryable, instrumentId: string, after: string | null, limit: number) {
  return q
    .select({
      id: file.id,
      path: file.path,
      source: file.source,
      sourcePath: file.sourcePath,
      reason: file.unassignedReason,
      sizeBytes: file.sizeBytes,
      sourceCreatedAt: file.sourceCreatedAt,
      committedAt: file.committedAt,
    })
    .from(file)
    .where(and(looseOf(instrumentId), after === null ? undefined : gt(file.id, after)))
    .orderBy(asc(file.id))
    .limit(limit);
}

export async function trayTotals(
  q: Queryable,
  instrumentId: string,
): Promise<{ datasets: number; files: number; bytes: number }> {
  const count = sql<number>`count(*)::int`;
  const [datasets] = await q
    .select({ count })
    .from(dataset)
    .where(and(eq(dataset.instrumentId, instrumentId), isNull(dataset.experimentId)));
  const [files] = await q
    .select({ count, bytes: sql<number>`coalesce(sum(${file.sizeBytes}), 0)::float8` })
    .from(file)
    .where(looseOf(instrumentId));
  return { datasets: datasets!.count, files: files!.count, bytes: files!.bytes };
}
