import { AppError } from '../../../shared/errors/app-error.ts';
import type { FiringOutcome } from '../../../shared/model/trigger-rules.ts';
import { isUuid } from '../../../shared/model/uuid.ts';
import type { Database } from '../../db/client.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { requireExperiment, requireInstrument } from '../experiments/experiment.policy.ts';
import { type FiringViewRow, listFirings, removeFirings } from './firing.repository.ts';
import type { FiringView } from './trigger.types.ts';

const DAY_MS = 24 * 3600 * 1000;
/** An event that waits in the queue is given up long before. */
export const KEEP_FIRINGS_MS = 30 * DAY_MS;
/** Of one instrument; whatever is newer than a day is kept beyond it, since its event may be delivered again. */
export const MOST_FIRINGS = 5000;

function viewOf(row: FiringViewRow): FiringView {
  const { id, at, event, outcome, why, path } = row;
  return {
    ...{ id, at, event, outcome, why, path },
    trigger: { id: row.triggerId, name: row.triggerName, strategyName: row.strategyName },
    experiment: { id: row.experimentId, code: row.experimentCode },
    dataset: row.datasetId === null || row.base === null ? null : { id: row.datasetId, base: row.base },
    cause: row.causeJobId === null ? null : { jobId: row.causeJobId, templateName: row.causeTemplateName },
    job:
      row.jobId === null || row.jobState === null
        ? null
        : { id: row.jobId, state: row.jobState, templateName: row.jobTemplateName ?? '' },
  };
}

/** `<at> <id>` of the last line seen. */
function parseCursor(cursor: string | null | undefined): { at: Date; id: string } | null {
  if (!cursor) return null;
  const [iso, id] = cursor.split(' ');
  const at = new Date(iso ?? '');
  if (Number.isNaN(at.getTime()) || !isUuid(id ?? '')) {
    throw new AppError('BAD_INPUT', 'The cursor is not one of this list.');
  }
  return { at, id: id! };
}

export interface HistoryInput {
  /** Of everything at an instrument that the caller sees, for its staff. */
  instrumentId?: string;
  /** Of one experiment, for whoever sees it. */
  experimentId?: string;
  triggerId?: string;
  outcomes?: readonly FiringOutcome[];
  cursor?: string | null;
  limit: number;
}

/** What triggers decided, and why. */
export function createTriggerHistory({ db }: { db: Database }) {
  return {
    async history(
      ctx: ServiceContext,
      input: HistoryInput,
    ): Promise<{ items: FiringView[]; nextCursor: string | null }> {
      const of = input.experimentId
        ? { experimentId: (await requireExperiment(db, ctx, input.experimentId, 'experiment.view')).id }
        : {
            instrumentId: (await requireInstrument(db, ctx, input.instrumentId ?? '', 'instrument.agents'))
              .id,
          };
      const rows = await listFirings(db, {
        of,
        // Staff see nothing of an experiment any more once their access to it has ended.
        personId: actingPerson(ctx),
        now: ctx.now(),
        triggerId: input.triggerId,
        outcomes: input.outcomes,
        after: parseCursor(input.cursor),
        limit: input.limit + 1,
      });
      const items = rows.slice(0, input.limit).map(viewOf);
      const last = items.at(-1);
      const nextCursor = rows.length > items.length && last ? `${last.at.toISOString()} ${last.id}` : null;
      return { items, nextCursor };
    },

    /** Removes what is kept no longer; returns how many lines. For the system. */
    async forgetHistory(ctx: ServiceContext): Promise<number> {
      if (ctx.principal.kind !== 'system') throw new AppError('NOT_ALLOWED');
      const ago = (ms: number) => new Date(ctx.now().getTime() - ms);
      return removeFirings(db, { before: ago(KEEP_FIRINGS_MS), settled: ago(DAY_MS), most: MOST_FIRINGS });
    },
  };
}
