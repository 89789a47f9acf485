import { AppError } from '../../../shared/errors/app-error.ts';
import { triggerDraftSchema } from '../../../shared/model/trigger-rules.ts';
import type { Database } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { requireInstrument } from '../experiments/experiment.policy.ts';
import { requireUsable } from '../templates/use-template.ts';
import { findTrigger, triggerViews } from './trigger.repository.ts';
import { addTrigger, changeTrigger, ensureDefault } from './write-trigger.ts';

export interface SimpleTrigger {
  instrumentId: string;
  name: string;
  templateSlug: string;
  parameters?: Record<string, unknown>;
  enabled?: boolean;
  /** When it runs on a dataset; without it when that is finished. */
  event?: 'dataset.started' | 'dataset.finished';
}

/**
 * Has a template run on every dataset that experiments with the default strategy finish, or begin, from now on. A trigger of that name is changed. One of a template that
 * people write keeps the version of now until it is written again. Staff.
 */
export async function writeSimpleTrigger(
  db: Database,
  ctx: ServiceContext,
  input: SimpleTrigger,
): Promise<{ triggerId: string }> {
  await requireInstrument(db, ctx, input.instrumentId, 'instrument.agents');
  const template = await requireUsable(db, ctx, input.templateSlug);
  const draft = triggerDraftSchema.parse({
    ...{ name: input.name, event: input.event ?? 'dataset.finished', template: template.slug },
    versionRule: template.ownTemplateId === null ? 'newest' : 'fixed',
    ...{ parameters: input.parameters ?? {}, enabled: input.enabled ?? true },
  });
  return db.transaction(async (tx) => {
    const strategy = await ensureDefault(tx, ctx, input.instrumentId);
    const rows = await triggerViews(tx, { strategyId: strategy.id });
    const there = rows.find(({ trigger }) => trigger.name === draft.name)?.trigger;
    if (!there) return addTrigger(tx, ctx, strategy, draft);
    const { id, version, profileId, licenceId, onGrace, priority, mostAtOnce, debounceS } = there;
    const kept = { profileId, licenceId, onGrace, priority, mostAtOnce, debounceS };
    const before = await findTrigger(tx, id);
    if (!before) throw new AppError('CONFLICT');
    await changeTrigger(tx, ctx, before, version, { ...draft, ...kept });
    return { triggerId: id };
  });
}

/** What every trigger of an instrument runs, and with what. Staff. */
export async function simpleTriggers(db: Database, ctx: ServiceContext, input: { instrumentId: string }) {
  await requireInstrument(db, ctx, input.instrumentId, 'instrument.agents');
  const rows = await triggerViews(db, input);
  return rows.map(({ trigger, templateSlug, templateName }) => ({
    ...{ id: trigger.id, name: trigger.name, event: trigger.event, enabled: trigger.enabled },
    ...{ parameters: trigger.parameters, templateSlug, templateName },
  }));
}
