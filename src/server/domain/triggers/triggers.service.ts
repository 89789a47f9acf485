import type { Database, Queryable } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { requireInstrument } from '../experiments/experiment.policy.ts';
import { createExperimentTriggers } from './experiment-triggers.ts';
import { fireTriggers } from './fire-triggers.ts';
import type { RaisedEvent } from './raise-event.ts';
import { createStrategies } from './strategies.ts';
import { activeExperimentId, defaultStrategy, strategyOf } from './strategy.repository.ts';
import { requireTrigger } from './trigger.policy.ts';
import { overridesOf, switchTrigger, triggerViews } from './trigger.repository.ts';
import type { TriggerView } from './trigger.types.ts';
import { createTriggerHistory } from './trigger-history.ts';
import { viewOf } from './trigger-view.ts';

export type {
  ExperimentStrategy,
  ExperimentTrigger,
  FiringView,
  StrategyView,
  TriggerChoices,
  TriggerDetail,
  TriggerView,
} from './trigger.types.ts';

/** A trigger as it stands for what is measured now. */
export interface CockpitTrigger extends TriggerView {
  /** What the active experiment has otherwise than its instrument; null: nothing. */
  setByExperiment: boolean | null;
}

/** The triggers that look at what is measured now: of the active experiment's strategy, or of the default. Rights are the caller's to check. */
export async function triggersOf(q: Queryable, instrumentId: string): Promise<CockpitTrigger[]> {
  const activeId = await activeExperimentId(q, instrumentId);
  const strategy = activeId ? await strategyOf(q, activeId) : await defaultStrategy(q, instrumentId);
  if (!strategy) return [];
  const [rows, overrides] = await Promise.all([
    triggerViews(q, { strategyId: strategy.id }),
    activeId ? overridesOf(q, activeId) : [],
  ]);
  return rows.map((row) => ({
    ...viewOf(row),
    setByExperiment: overrides.find(({ triggerId }) => triggerId === row.trigger.id)?.enabled ?? null,
  }));
}

/** What starts by itself: strategies, their triggers, what fired and why not. */
export function createTriggersService({ db }: { db: Database }) {
  return {
    ...createStrategies({ db }),
    ...createExperimentTriggers({ db }),
    ...createTriggerHistory({ db }),

    /** Has the triggers look at what has happened; however often it is delivered, once. Returns the jobs made now. For the system. */
    fire: (ctx: ServiceContext, raised: RaisedEvent): Promise<{ jobIds: string[] }> =>
      fireTriggers(db, ctx, raised),

    /** All triggers of an instrument, of whatever strategy. */
    async list(ctx: ServiceContext, input: { instrumentId: string }): Promise<TriggerView[]> {
      const { id } = await requireInstrument(db, ctx, input.instrumentId, 'instrument.agents');
      return (await triggerViews(db, { instrumentId: id })).map(viewOf);
    },

    /**
     * Switches a trigger on or off. It counts at once: what happens from then on starts a job, or starts none; jobs that were started
     * already go on. A trigger that stands so already stays as it is. Staff.
     */
    async setEnabled(ctx: ServiceContext, input: { triggerId: string; enabled: boolean }): Promise<void> {
      await db.transaction(async (tx) => {
        const found = await requireTrigger(tx, ctx, input.triggerId);
        const by = { at: ctx.now(), personId: actingPerson(ctx) };
        if (!(await switchTrigger(tx, found.id, input.enabled, by))) return;
        await recordAudit(tx, ctx, {
          action: input.enabled ? 'trigger.enable' : 'trigger.disable',
          entityKind: 'trigger',
          entityId: found.id,
          detail: { instrumentId: found.instrumentId, name: found.name },
        });
        await publish(tx, ctx, {
          topics: [`instrument:${found.instrumentId}`],
          kind: 'trigger.changed',
          data: { triggerId: found.id, enabled: input.enabled },
        });
      });
    },
  };
}

export type TriggersService = ReturnType<typeof createTriggersService>;
