import type { Topic } from '../../../shared/contracts/live-events.ts';
import type { Transaction } from '../../db/client.ts';
import { publish } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import type { JobRow } from './job.repository.ts';

/** Tells the job's, its experiment's and its instrument's subscribers. Only ids and numbers: staff of other groups may stand at the instrument. */
export async function announceJob(
  tx: Transaction,
  ctx: ServiceContext,
  row: Pick<JobRow, 'id' | 'experimentId' | 'state' | 'progress'>,
  instrumentId: string,
): Promise<void> {
  const topics: Topic[] = [`job:${row.id}`, `experiment:${row.experimentId}`, `instrument:${instrumentId}`];
  await publish(tx, ctx, {
    topics,
    kind: 'job.changed',
    data: { jobId: row.id, state: row.state, progress: row.progress },
  });
}
