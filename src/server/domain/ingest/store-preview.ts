import { MAX_PREVIEW_BYTES } from '../../../shared/contracts/agent-api.ts';
import type { Topic } from '../../../shared/contracts/live-events.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { publish } from '../../events/outbox.repository.ts';
import { requireAgent } from '../agents/agent.policy.ts';
import type { ServiceContext } from '../context.ts';
import { deletePassing, upsertPreview } from './preview.repository.ts';
import { findDataset, lockDataset } from './series.repository.ts';
import type { IngestDeps } from './uploads.ts';

/** PNG (ISO/IEC 15948) §5.2: signature; §11.2.2: IHDR is the first chunk, of 13 bytes. */
const PNG_START = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const PNG_LEAST_BYTES = 57;

/** Where a preview lies; not under its experiment, so that it stays where it is when the dataset goes to another. */
const previewKey = (datasetId: string, frame: number, id: string) =>
  `_system/previews/${datasetId}/${frame}-${id}.png`;

/**
 * Stores a small picture of a frame. Those that are kept stay; of the others only the newest, by its frame, since answers may overtake each
 * other. Throws BAD_INPUT for what is no PNG, TOO_LARGE.
 */
export async function storePreview(
  deps: IngestDeps,
  ctx: ServiceContext,
  input: { datasetId: string; frame: number; kept: boolean; png: Uint8Array },
): Promise<{ storedAt: string }> {
  const { datasetId, png } = input;
  const agent = requireAgent(ctx);
  const dataset = await findDataset(deps.db, datasetId);
  if (dataset?.instrumentId !== agent.instrumentId) {
    throw new AppError('NOT_FOUND', 'There is no such dataset.');
  }
  if (png.length > MAX_PREVIEW_BYTES) {
    throw new AppError('TOO_LARGE', `A preview has at most ${MAX_PREVIEW_BYTES} bytes.`);
  }
  if (png.length < PNG_LEAST_BYTES || !PNG_START.equals(png.subarray(0, PNG_START.length))) {
    throw new AppError('BAD_INPUT', 'A preview is a PNG; these bytes are none.');
  }
  const storedAt = await keepPreview(deps, ctx, input);
  return { storedAt: storedAt.toISOString() };
}

/** Puts a picture in the place of that of the same frame, and of the newest that was. */
export async function keepPreview(
  { db, store }: IngestDeps,
  ctx: ServiceContext,
  { datasetId, frame, kept, png }: { datasetId: string; frame: number; kept: boolean; png: Uint8Array },
): Promise<Date> {
  const storeKey = previewKey(datasetId, frame, ctx.newId());
  await store.put(storeKey, png);
  const storedAt = ctx.now();
  const gone = await db.transaction(async (tx) => {
    // One at a time: which of two is the newest must not depend on the moment.
    const row = await lockDataset(tx, datasetId);
    if (!row) return [storeKey];
    const replaced = await upsertPreview(tx, {
      ...{ datasetId, frame, kept, storeKey, storedAt },
      sizeBytes: png.length,
    });
    const passing = await deletePassing(tx, datasetId);
    const topics: Topic[] = [`instrument:${row.instrumentId}`];
    if (row.experimentId !== null) topics.push(`experiment:${row.experimentId}`);
    await publish(tx, ctx, { topics, kind: 'preview.stored', data: { datasetId, frame } });
    return [...replaced, ...passing];
  });
  // After the record: a crash here leaves an object nobody names, never a name without its object.
  for (const key of gone) await store.delete(key);
  return storedAt;
}
