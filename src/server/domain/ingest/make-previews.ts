import { setImmediate as pause } from 'node:timers/promises';
import { constants, crc32, deflateSync } from 'node:zlib';
import { decodeChunk } from '../../../shared/codecs/chunk.ts';
import { CodecError } from '../../../shared/codecs/codec-error.ts';
import type { Channel } from '../../../shared/contracts/geometry.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { previewPicture } from '../../../shared/model/preview-picture.ts';
import type { ServiceContext } from '../context.ts';
import {
  datasetsWithoutPreview,
  enqueuePreviews,
  framesInStore,
  previewedFrames,
} from './preview.repository.ts';
import { type FrameInStore, previewChoice } from './preview-choice.ts';
import { findDataset } from './series.repository.ts';
import { keepPreview } from './store-preview.ts';
import type { IngestDeps } from './uploads.ts';

const PNG = {
  deflate: (bytes: Uint8Array) => deflateSync(bytes, { strategy: constants.Z_RLE }),
  crc32: (bytes: Uint8Array) => crc32(bytes),
};
/** What is larger when it is decoded is not looked at. */
const MAX_FRAME_BYTES = 512 * 1024 * 1024;

/** A task that takes longer counts as abandoned (`abandoned-tasks.ts`): what is left is another one's. */
const LONGEST_MS = 10_000;

/** Null: it cannot be decoded, of which the viewer says more. */
async function pictureOf(
  { store }: IngestDeps,
  { storeKey, offset, sizeBytes }: FrameInStore,
  { dtype, filter, shape }: Channel,
): Promise<Uint8Array | null> {
  const bytes = await store.readRange(storeKey, offset, sizeBytes);
  try {
    const pixels = decodeChunk({ dtype, filter, bytes, elements: shape[0] * shape[1] });
    const negativeIsMasked = filter === 'byte-offset' || filter === 'tiff';
    return previewPicture({ pixels, dtype, shape, mask: null, negativeIsMasked }, PNG).png;
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  }
}

/**
 * Makes small pictures of frames that other programs wrote, as agents make them of what detectors send: those that are lacking, from what
 * is stored. Between two of them this process does what else waits: one takes a tenth of a second. Returns how many were made.
 */
export async function makePreviews(
  deps: IngestDeps,
  ctx: ServiceContext,
  { datasetId }: { datasetId: string },
): Promise<number> {
  if (ctx.principal.kind !== 'system') throw new AppError('NOT_ALLOWED');
  const dataset = await findDataset(deps.db, datasetId);
  const channel = dataset?.channels[0];
  if (!dataset || !channel || dataset.sourceKind === 'stream') return 0;
  if (channel.shape[0] * channel.shape[1] * 8 > MAX_FRAME_BYTES) return 0;
  const tables = await framesInStore(deps.db, datasetId, channel.name);
  const end = tables.reduce((most, { firstFrame, rows }) => Math.max(most, firstFrame + rows), 0);
  const isOver = dataset.state !== 'receiving';
  const { kept, newest } = previewChoice(tables, isOver ? end : dataset.framesExpected);
  const known = await previewedFrames(deps.db, datasetId);
  const lacking = kept.filter(({ frame }) => !known.some((one) => one.kept && one.frame === frame));
  const isNew = newest !== null && !isOver && !known.some(({ frame }) => frame === newest.frame);
  const passing = isNew && !kept.some(({ frame }) => frame === newest.frame) ? [newest] : [];
  const until = ctx.now().getTime() + LONGEST_MS;
  let made = 0;
  for (const one of [...passing, ...lacking]) {
    if (made > 0 && ctx.now().getTime() >= until) {
      await enqueuePreviews(deps.db, datasetId);
      break;
    }
    const png = await pictureOf(deps, one, channel);
    if (png === null) continue;
    await keepPreview(deps, ctx, { datasetId, frame: one.frame, kept: !passing.includes(one), png });
    made++;
    await pause();
  }
  return made;
}

const LACKING_AT_ONCE = 200;

/** Datasets stored before there were pictures of them get theirs now. Returns how many were asked for. */
async function askForLacking({ db }: IngestDeps, ctx: ServiceContext): Promise<number> {
  if (ctx.principal.kind !== 'system') throw new AppError('NOT_ALLOWED');
  const lacking = await datasetsWithoutPreview(db, LACKING_AT_ONCE);
  for (const id of lacking) await enqueuePreviews(db, id);
  return lacking.length;
}

/** What workers do for the pictures of datasets. */
export function createPreviewWork(deps: IngestDeps) {
  return {
    sweep: (ctx: ServiceContext) => askForLacking(deps, ctx),
    makePreviews: (ctx: ServiceContext, input: { datasetId: string }) => makePreviews(deps, ctx, input),
  };
}

export type PreviewWork = ReturnType<typeof createPreviewWork>;
