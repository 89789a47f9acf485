import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { endWithParts } from './end-part.ts';
import { lastSeen, partsOf, sharedStillOpen, updatePart } from './part.repository.ts';
import { lastCommitted, lockDataset } from './series.repository.ts';

/** An agent without a sign of life for so long will not send its part of a series soon; what it sends later counts still. */
export const SILENT_MS = 3600 * 1000;

export const silentSince = (ctx: ServiceContext): Date => new Date(ctx.now().getTime() - SILENT_MS);

/**
 * Ends datasets of several agents some of whom have not been heard since `before`, neither by heartbeat nor by a file, or never came: what
 * they received of the series will not come, and the frames that are missing are named. Returns how many.
 */
export async function endSilentParts(
  db: Database,
  ctx: ServiceContext,
  input: { before: Date; limit: number },
): Promise<number> {
  if (ctx.principal.kind !== 'system') throw new AppError('NOT_ALLOWED');
  let ended = 0;
  for (const { id } of await sharedStillOpen(db, input.before, input.limit)) {
    const over = await db.transaction(async (tx) => {
      const row = (await lockDataset(tx, id))!;
      const last = await lastCommitted(tx, id);
      if (row.ending !== null || (last !== null && last >= input.before)) return false;
      const open = (await partsOf(tx, id)).filter(({ ending }) => ending === null);
      for (const part of open) {
        const seen = await lastSeen(tx, part.agentId);
        if (seen !== null && seen >= input.before) return false;
      }
      for (const { seriesKey } of open) {
        await updatePart(tx, seriesKey, { endedAt: ctx.now(), ending: 'timeout' });
      }
      await endWithParts(tx, ctx, row, await partsOf(tx, id), ctx.now());
      return true;
    });
    if (over) ended++;
  }
  return ended;
}
