import { AppError } from '../../../shared/errors/app-error.ts';
import { isUuid } from '../../../shared/model/uuid.ts';
import type { Database, Queryable } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { assertScope, requireInstrument } from '../experiments/experiment.policy.ts';
import { findTrigger, switchedTriggers, switchTrigger } from './trigger.repository.ts';

/** A trigger as the people of its instrument see it: what it runs on which event, and whether it does now. */
export interface TriggerView {
  id: string;
  name: string;
  event: 'dataset.finished';
  enabled: boolean;
  /** Since when it stands so. */
  since: Date;
  /** Who switched it last; null: nobody, or a set-up script. */
  switchedByName: string | null;
  template: { slug: string; name: string };
}

/** The triggers of an instrument. Rights are the caller's to check. */
export async function triggersOf(q: Queryable, instrumentId: string): Promise<TriggerView[]> {
  const rows = await switchedTriggers(q, instrumentId);
  return rows.map(({ createdAt, switchedAt, templateSlug, templateName, ...row }) => ({
    ...row,
    since: switchedAt ?? createdAt,
    template: { slug: templateSlug, name: templateName },
  }));
}

/** Whether the triggers of an instrument start jobs. What a trigger runs is made in `jobs.service.ts`. */
export function createTriggersService({ db }: { db: Database }) {
  return {
    async list(ctx: ServiceContext, input: { instrumentId: string }): Promise<TriggerView[]> {
      const { id } = await requireInstrument(db, ctx, input.instrumentId, 'instrument.agents');
      return triggersOf(db, id);
    },

    /**
     * Switches a trigger on or off. It counts at once: what is finished from then on starts a job, or starts none; jobs that were started
     * already go on. A trigger that stands so already stays as it is. Staff.
     */
    async setEnabled(ctx: ServiceContext, input: { triggerId: string; enabled: boolean }): Promise<void> {
      if (ctx.principal.kind === 'anonymous') throw new AppError('NOT_SIGNED_IN');
      assertScope(ctx, 'instrument.agents');
      await db.transaction(async (tx) => {
        const found = isUuid(input.triggerId) ? await findTrigger(tx, input.triggerId) : null;
        const hidden = new AppError('NOT_FOUND', 'There is no such trigger, or it is not yours to see.');
        if (!found) throw hidden;
        try {
          await requireInstrument(tx, ctx, found.instrumentId, 'instrument.agents');
        } catch (error) {
          // The answer must not tell whether the trigger exists.
          throw error instanceof AppError && error.code === 'NOT_FOUND' ? hidden : error;
        }
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
