import type { Topic } from '../../../shared/contracts/live-events.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Queryable } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { requireContainer, requireExperiment, requireInstrument } from '../experiments/experiment.policy.ts';
import { experimentOfJob } from './live-topics.repository.ts';

async function requireTopic(q: Queryable, ctx: ServiceContext, topic: Topic): Promise<void> {
  const cut = topic.indexOf(':');
  const id = topic.slice(cut + 1);
  switch (topic.slice(0, cut)) {
    case 'instrument':
      await requireInstrument(q, ctx, id, 'instrument.cockpit');
      return;
    case 'experiment':
      await requireContainer(q, ctx, id, 'experiment.view');
      return;
    case 'job': {
      const experimentId = await experimentOfJob(q, id);
      if (experimentId === null) throw new AppError('NOT_FOUND');
      await requireExperiment(q, ctx, experimentId, 'experiment.view');
      return;
    }
    default:
      if (ctx.principal.kind !== 'person' || ctx.principal.personId !== id) throw new AppError('NOT_FOUND');
  }
}

/** Whether the caller may hear of this topic now. Faults of the database are thrown, not taken for a refusal. */
export async function mayWatch(q: Queryable, ctx: ServiceContext, topic: Topic): Promise<boolean> {
  try {
    await requireTopic(q, ctx, topic);
    return true;
  } catch (error) {
    if (error instanceof AppError && error.status < 500) return false;
    throw error;
  }
}
