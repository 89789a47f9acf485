import { and, asc, desc, eq, ne, sql } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import {
  acquisition,
  dataset,
  experiment,
  file,
  frameTable,
  frameValues,
  preview,
  sample,
} from '../../db/schema/index.ts';

export type DatasetRow = typeof dataset.$inferSelect;

/** The job that stands for it, of the experiment it is in; asked of the rows of a page alone. */
const RESULT = sql<{
  jobId: string;
  templateName: string;
  isChosen: boolean;
  /** All it told, as texts such as space group and cell too. */
  metrics: Record<string, number | string | null>;
} | null>`(
  select json_build_object('jobId', result.job_id, 'templateName', version.name, 'isChosen', result.chosen_at is not null, 'metrics', of_result.metrics)
  from dataset_result result join job of_result on of_result.id = result.job_id
    join job_template version on version.id = of_result.template_id
  where result.dataset_id = ${dataset.id} and of_result.experiment_id = ${dataset.experimentId})`;

const summaryColumns = {
  id: dataset.id,
  experimentId: dataset.experimentId,
  experimentCode: experiment.code,
  instrumentId: dataset.instrumentId,
  unassignedReason: dataset.unassignedReason,
  base: dataset.base,
  state: dataset.state,
  ending: dataset.ending,
  detectorName: dataset.detectorName,
  framesExpected: dataset.framesExpected,
  framesReceived: dataset.framesReceived,
  framesStored: dataset.framesStored,
  missing: dataset.missing,
  lost: dataset.lost,
  absentFiles: dataset.absentFiles,
  channelGaps: dataset.channelGaps,
  geometry: dataset.geometry,
  summary: dataset.summary,
  result: RESULT,
  sampleName: sample.name,
  sampleContainer: sample.container,
  samplePosition: sample.position,
  kind: acquisition.kind,
  mark: acquisition.mark,
  comment: acquisition.comment,
  /** What was said of the acquisition otherwise than by its data. */
  energyEv: acquisition.energyEv,
  exposureS: acquisition.exposureS,
  omegaStartDeg: acquisition.omegaStartDeg,
  omegaIncrementDeg: acquisition.omegaIncrementDeg,
  startedAt: dataset.startedAt,
  endedAt: dataset.endedAt,
};

export function summaries(q: Queryable) {
  return q
    .select(summaryColumns)
    .from(dataset)
    .innerJoin(acquisition, eq(acquisition.id, dataset.acquisitionId))
    .leftJoin(sample, eq(sample.id, acquisition.sampleId))
    .leftJoin(experiment, eq(experiment.id, dataset.experimentId));
}

export type DatasetSummary = Awaited<ReturnType<typeof summaries>>[number];

export async function findSummary(q: Queryable, datasetId: string): Promise<DatasetSummary | null> {
  const rows = await summaries(q).where(eq(dataset.id, datasetId));
  return rows[0] ?? null;
}

export async function findDatasetRow(q: Queryable, datasetId: string): Promise<DatasetRow | null> {
  const rows = await q.select().from(dataset).where(eq(dataset.id, datasetId));
  return rows[0] ?? null;
}

export interface FrameTableRow {
  fileId: string;
  path: string;
  storeKey: string;
  version: number;
  firstFrame: number;
  rows: number;
  entries: Uint8Array;
  /** Null: where its frames lie is known, or was not looked for yet. */
  lookedIntoAt: Date | null;
  unlocatedWhy: string | null;
}

/** The frame tables of a channel that touch [first, last], in order. */
export async function frameTables(
  q: Queryable,
  input: { datasetId: string; channel: string; first: number; last: number },
): Promise<FrameTableRow[]> {
  return q
    .select({
      fileId: frameTable.fileId,
      path: file.path,
      storeKey: file.storeKey,
      version: file.version,
      firstFrame: frameTable.firstFrame,
      rows: frameTable.rows,
      entries: frameTable.entries,
      lookedIntoAt: frameTable.lookedIntoAt,
      unlocatedWhy: frameTable.unlocatedWhy,
    })
    .from(frameTable)
    .innerJoin(file, eq(file.id, frameTable.fileId))
    .where(
      and(
        eq(frameTable.datasetId, input.datasetId),
        eq(frameTable.channel, input.channel),
        sql`${frameTable.firstFrame} <= ${input.last}`,
        sql`${frameTable.firstFrame} + ${frameTable.rows} > ${input.first}`,
      ),
    )
    .orderBy(asc(frameTable.firstFrame));
}

/** Numbers per frame of the dataset, by name and first frame. */
export async function listFrameValues(
  q: Queryable,
  datasetId: string,
): Promise<{ name: string; firstFrame: number; rows: number; values: Uint8Array }[]> {
  return q
    .select({
      name: frameValues.name,
      firstFrame: frameValues.firstFrame,
      rows: frameValues.rows,
      values: frameValues.values,
    })
    .from(frameValues)
    .where(eq(frameValues.datasetId, datasetId))
    .orderBy(asc(frameValues.name), asc(frameValues.firstFrame));
}

/** Previews of the dataset, the newest frame first. */
export async function listPreviews(
  q: Queryable,
  datasetId: string,
  limit: number,
): Promise<(typeof preview.$inferSelect)[]> {
  return q
    .select()
    .from(preview)
    .where(eq(preview.datasetId, datasetId))
    .orderBy(desc(preview.frame))
    .limit(limit);
}

export async function fileKey(
  q: Queryable,
  fileId: string | null,
): Promise<{ path: string; storeKey: string; version: number } | null> {
  if (fileId === null) return null;
  const [row] = await q
    .select({ path: file.path, storeKey: file.storeKey, version: file.version })
    .from(file)
    .where(eq(file.id, fileId));
  return row ?? null;
}

/** Totals of the files of a dataset, without what jobs made of it. */
export async function filesOf(
  q: Queryable,
  datasetId: string,
): Promise<{ files: number; sizeBytes: number; lastCommittedAt: Date | null }> {
  const [row] = await q
    .select({
      files: sql<number>`count(*)::int`,
      sizeBytes: sql<number>`coalesce(sum(${file.sizeBytes}), 0)::float8`,
      lastCommittedAt: sql<string | null>`max(${file.committedAt})`,
    })
    .from(file)
    .where(and(eq(file.datasetId, datasetId), ne(file.kind, 'result')));
  return {
    files: row?.files ?? 0,
    sizeBytes: row?.sizeBytes ?? 0,
    lastCommittedAt: row?.lastCommittedAt ? new Date(row.lastCommittedAt) : null,
  };
}
