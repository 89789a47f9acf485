import { and, asc, desc, eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Queryable } from '../../db/client.ts';
import { dataset, frameValues, job, jobTemplate } from '../../db/schema/index.ts';
import { type FrameSpots, type SpotLine, spotLine } from './spot-line.ts';

/** Of a longer series the newest: the cockpit asks every second. */
const MOST_FRAMES = 4000;

/** What came with the stream. float32 LE per frame, NaN = none. */
async function fromStream(q: Queryable, datasetId: string): Promise<FrameSpots[]> {
  const ofDataset = and(eq(frameValues.datasetId, datasetId), eq(frameValues.name, 'spots'));
  const newest = sql`(select max(${frameValues.firstFrame} + ${frameValues.rows}) from ${frameValues} where ${ofDataset})`;
  const pieces = await q
    .select({ firstFrame: frameValues.firstFrame, rows: frameValues.rows, values: frameValues.values })
    .from(frameValues)
    .where(and(ofDataset, sql`${frameValues.firstFrame} + ${frameValues.rows} > ${newest} - ${MOST_FRAMES}`))
    .orderBy(asc(frameValues.firstFrame));
  const told: FrameSpots[] = [];
  for (const { firstFrame, rows, values } of pieces) {
    const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
    for (let row = 0; row < rows; row++) {
      const spots = view.getFloat32(row * 4, true);
      if (!Number.isNaN(spots)) told.push({ frame: firstFrame + row + 1, spots });
    }
  }
  return told.slice(-MOST_FRAMES);
}

/** The curve *Spots* of fast feedback: frames from 1 on, and their spots. */
const spotsCurveSchema = z.object({ x: z.array(z.int().positive()), y: z.array(z.number()) });
const SPOTS_CURVE = '$[*] ? (@.id == "spots").data[0]';

/** What the newest run of fast feedback has drawn for the experiment that the dataset belongs to. */
export async function spotsOfFastFeedback(q: Queryable, datasetId: string): Promise<FrameSpots[]> {
  const [row] = await q
    .select({ curve: sql<unknown>`jsonb_path_query_first(${job.plots}, ${SPOTS_CURVE}::jsonpath)` })
    .from(job)
    .innerJoin(jobTemplate, eq(jobTemplate.id, job.templateId))
    .innerJoin(dataset, and(eq(dataset.id, job.datasetId), eq(dataset.experimentId, job.experimentId)))
    .where(
      and(
        eq(job.datasetId, datasetId),
        eq(jobTemplate.entry, 'built-in:fast-feedback'),
        sql`jsonb_path_exists(${job.plots}, ${SPOTS_CURVE}::jsonpath)`,
      ),
    )
    .orderBy(desc(job.createdAt))
    .limit(1);
  const curve = spotsCurveSchema.safeParse(row?.curve);
  if (!curve.success) return [];
  const { x, y } = curve.data;
  return x.flatMap((frame, index) => {
    const spots = y[index];
    return spots === undefined ? [] : [{ frame, spots }];
  });
}

/** Spots per frame: as the stream said, else as fast feedback found; null where neither did. Rights are the caller's to check. */
export async function spotsPerFrame(q: Queryable, datasetId: string): Promise<SpotLine | null> {
  return spotLine(await fromStream(q, datasetId)) ?? spotLine(await spotsOfFastFeedback(q, datasetId));
}
