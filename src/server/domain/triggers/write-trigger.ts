import type { TemplateParameter } from '../../../shared/contracts/job-template.ts';
import { datasetParameterOf, resolveParameters } from '../../../shared/contracts/parameter-values.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { TriggerDraft, TriggerEvent } from '../../../shared/model/trigger-rules.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import { payableLicences } from '../accounting/payable-licences.ts';
import { profilesAt } from '../accounting/run-profile.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { declaredParametersOf, needsDataset } from '../jobs/template-use.ts';
import { requireUsable, type TemplateRow } from '../templates/use-template.ts';
import { defaultStrategy, insertStrategy, type StrategyRow } from './strategy.repository.ts';
import { insertTrigger, isTriggerName, type TriggerRow, updateTrigger } from './trigger.repository.ts';

/** Of these there need be no dataset. */
const WITHOUT_DATASET: readonly TriggerEvent[] = ['experiment.finished', 'file.stored', 'job.finished'];
const NEVER_A_DATASET: readonly TriggerEvent[] = ['experiment.finished'];

/** What a trigger may give: all but the dataset that fires it, if one does. */
export function settableParameters(
  template: Pick<TemplateRow, 'parameters'>,
  event: TriggerEvent,
): TemplateParameter[] {
  const declared = declaredParametersOf(template);
  const dataset = WITHOUT_DATASET.includes(event) ? null : datasetParameterOf(declared);
  return declared.filter((parameter) => parameter !== dataset);
}

/** The constants that were given, checked; what is taken from the event is checked when that comes. BAD_INPUT names every fault. */
export function checkedConstants(
  template: TemplateRow,
  given: Pick<TriggerDraft, 'event' | 'parameters' | 'taken'>,
): Record<string, unknown> {
  const settable = settableParameters(template, given.event);
  const dataset = datasetParameterOf(settable);
  const taken = Object.keys(given.taken);
  const constant = settable.filter(({ name }) => !taken.includes(name));
  const { values, faults } = resolveParameters(constant, given.parameters);
  // Of what need not, but may, be about a dataset that is found out when it fires.
  const mayComeWithIt = dataset !== null && !NEVER_A_DATASET.includes(given.event);
  if (mayComeWithIt && given.parameters[dataset.name] === undefined) delete faults[dataset.name];
  for (const name of taken) {
    if (!settable.some((parameter) => parameter.name === name)) {
      faults[name] = `The template has no parameter "${name}" that can be taken from the event.`;
    }
  }
  const texts = Object.values(faults);
  if (texts.length > 0) {
    throw new AppError('BAD_INPUT', { message: texts.join(' '), details: { parameters: faults } });
  }
  // Only what was said: the defaults of the rest stay those of the template, in its next version too.
  return Object.fromEntries(Object.entries(values).filter(([name]) => Object.hasOwn(given.parameters, name)));
}

async function checkedDraft(q: Queryable, ctx: ServiceContext, instrumentId: string, draft: TriggerDraft) {
  const template = await requireUsable(q, ctx, draft.template);
  if (NEVER_A_DATASET.includes(draft.event) && needsDataset(template)) {
    throw new AppError('BAD_INPUT', `${template.name} runs on a dataset, and this event is about none.`);
  }
  const { template: _, ...fields } = draft;
  const { profileId, licenceId } = draft;
  const [profiles, licences] = await Promise.all([
    profileId === null ? [] : profilesAt(q, instrumentId),
    licenceId === null ? [] : payableLicences(q, ctx, instrumentId),
  ]);
  if (profileId !== null && !profiles.some(({ id }) => id === profileId)) {
    throw new AppError('NOT_FOUND', 'There is no such profile, or it was retired.');
  }
  if (licenceId !== null && !licences.some(({ id }) => id === licenceId)) {
    throw new AppError('NOT_FOUND', 'There is no such licence of the facility, or it is not valid any more.');
  }
  return {
    template,
    fields: { ...fields, templateId: template.id, parameters: checkedConstants(template, draft) },
  };
}

const nameTaken = (name: string) =>
  new AppError('CONFLICT', {
    message: `The strategy has a trigger “${name}” already: choose another name.`,
    details: { fields: { name: 'is the name of a trigger already' } },
  });

async function told(
  tx: Transaction,
  ctx: ServiceContext,
  row: Pick<TriggerRow, 'id' | 'instrumentId' | 'name' | 'enabled' | 'event'>,
  action: 'trigger.create' | 'trigger.change',
  template: string,
): Promise<void> {
  const { id, instrumentId, name, enabled, event } = row;
  await recordAudit(tx, ctx, {
    ...{ action, entityKind: 'trigger', entityId: id },
    detail: { instrumentId, name, event, template },
  });
  await publish(tx, ctx, {
    topics: [`instrument:${instrumentId}`],
    kind: 'trigger.changed',
    data: { triggerId: id, enabled },
  });
}

/** Adds a trigger to a strategy; rights are the caller's to check. CONFLICT when it has one of that name. */
export async function addTrigger(
  tx: Transaction,
  ctx: ServiceContext,
  strategy: Pick<StrategyRow, 'id' | 'instrumentId'>,
  draft: TriggerDraft,
): Promise<{ triggerId: string }> {
  const { instrumentId } = strategy;
  const { template, fields } = await checkedDraft(tx, ctx, instrumentId, draft);
  const id = ctx.newId();
  const row = { id, instrumentId, strategyId: strategy.id, ...fields, createdAt: ctx.now() };
  if (!(await insertTrigger(tx, row))) throw nameTaken(draft.name);
  await told(tx, ctx, row, 'trigger.create', template.slug);
  return { triggerId: id };
}

/** Writes all of a trigger anew. CONFLICT when it is no longer the version that was read. */
export async function changeTrigger(
  tx: Transaction,
  ctx: ServiceContext,
  before: TriggerRow,
  version: number,
  draft: TriggerDraft,
): Promise<void> {
  const { id, instrumentId, strategyId } = before;
  const { template, fields } = await checkedDraft(tx, ctx, instrumentId, draft);
  if (await isTriggerName(tx, strategyId, draft.name, id)) throw nameTaken(draft.name);
  const switched =
    before.enabled === draft.enabled ? {} : { switchedAt: ctx.now(), switchedBy: actingPerson(ctx) };
  if (!(await updateTrigger(tx, id, version, { ...fields, ...switched }))) {
    throw new AppError(
      'CONFLICT',
      `Somebody changed “${before.name}” while you were writing. Look at what it says now, then save again.`,
    );
  }
  await told(tx, ctx, { ...before, ...fields }, 'trigger.change', template.slug);
}

/** The strategy of experiments that chose none; made where there is none yet. */
export async function ensureDefault(
  tx: Transaction,
  ctx: ServiceContext,
  instrumentId: string,
): Promise<StrategyRow> {
  const found = await defaultStrategy(tx, instrumentId);
  if (found) return found;
  await insertStrategy(tx, {
    ...{ id: ctx.newId(), instrumentId, name: 'Standard', isDefault: true },
    ...{ createdAt: ctx.now(), createdBy: actingPerson(ctx) },
  });
  const made = await defaultStrategy(tx, instrumentId);
  if (!made) throw new AppError('CONFLICT', 'Make one of the strategies the default first.');
  return made;
}
