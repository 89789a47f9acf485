import { AppError } from '../../../shared/errors/app-error.ts';
import type { Queryable } from '../../db/client.ts';
import { processingWindowDays } from '../accounting/processing-window.ts';
import type { ServiceContext } from '../context.ts';
import { instantInWords } from '../mail/compose-mail.ts';
import { findExperiment } from './access.repository.ts';
import { facilityOf } from './experiment.repository.ts';

/** Windows are counted in days of 24 hours, so that none is shorter where clocks change. */
export const DAY_MS = 24 * 3600 * 1000;

/** When the processing window of an experiment that ended at `finishedAt` ends, by the licences of its facility at that time. */
export async function endOfWindow(q: Queryable, facilityId: string, finishedAt: Date): Promise<Date> {
  const days = await processingWindowDays(q, facilityId, finishedAt);
  return new Date(finishedAt.getTime() + days * DAY_MS);
}

/**
 * Why no job may be started in the experiment any more, null while one may: its processing window is over, or it was closed. What runs finishes;
 * reading and downloading stay. `details.until` is the date, so that the page can offer to ask for more.
 */
export async function analysisOver(
  q: Queryable,
  ctx: ServiceContext,
  experimentId: string,
): Promise<AppError | null> {
  const row = await findExperiment(q, experimentId);
  if (!row) return new AppError('NOT_FOUND');
  const until = row.processingUntil;
  const details = { experimentId, until: until?.toISOString() ?? null };
  if (until !== null && until <= ctx.now()) {
    const { timeZone } = (await facilityOf(q, row.facilityId))!;
    const message = `The processing window of ${row.code} ended on ${instantInWords(until, timeZone)}. A Manager can ask for prolongation on its page; reading and downloading stay possible.`;
    return new AppError('PROCESSING_OVER', { message, details });
  }
  if (row.state !== 'closed') return null;
  const message = `${row.code} is Closed, so that no job can be started in it. Reading and downloading stay possible.`;
  return new AppError('PROCESSING_OVER', { message, details });
}
