import { parameterFault } from '../../../shared/contracts/parameter-values.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { isUuid } from '../../../shared/model/uuid.ts';
import { allows } from '../../../shared/permissions/permission-table.ts';
import type { Database, Queryable } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { requireExperiment, rolesIn } from '../experiments/experiment.policy.ts';
import { fireTrigger } from './fire-triggers.ts';
import { calledOccurrence } from './occurrences.ts';
import { chosenStrategyId, strategiesAt, strategyOf } from './strategy.repository.ts';
import { setStrategy } from './strategy-choice.ts';
import {
  type OverrideRow,
  overridesOf,
  type TriggerViewRow,
  triggersOn,
  triggerViews,
  writeOverride,
} from './trigger.repository.ts';
import type { ExperimentStrategy, ExperimentTrigger } from './trigger.types.ts';
import { detailOf } from './trigger-view.ts';
import { settableParameters } from './write-trigger.ts';

const noTrigger = () => new AppError('NOT_FOUND', 'There is no such trigger or dataset in this experiment.');

const declaredOf = ({ trigger, templateParameters }: TriggerViewRow) =>
  settableParameters({ parameters: templateParameters }, trigger.event);

function standing(row: TriggerViewRow, override: OverrideRow | null): ExperimentTrigger {
  const { trigger } = row;
  return {
    ...detailOf(row),
    // Who switches at the instrument is its staff's affair; who pays there is not told either.
    ...{ switchedByName: null, licence: null },
    override: override && { enabled: override.enabled, parameters: override.parameters },
    isOn: override?.enabled ?? trigger.enabled,
    declared: declaredOf(row),
  };
}

/** The triggers of an experiment's strategy, and what it has otherwise. Rights are the caller's to check. */
async function triggersIn(q: Queryable, experimentId: string) {
  const strategy = await strategyOf(q, experimentId);
  if (!strategy) return { strategy, rows: [], overrides: new Map<string, OverrideRow>() };
  const [rows, overrides] = await Promise.all([
    triggerViews(q, { strategyId: strategy.id }),
    overridesOf(q, experimentId),
  ]);
  return { strategy, rows, overrides: new Map(overrides.map((one) => [one.triggerId, one])) };
}

/** What starts by itself in one experiment: members see it, Managers choose. */
export function createExperimentTriggers({ db }: { db: Database }) {
  return {
    async ofExperiment(ctx: ServiceContext, input: { experimentId: string }): Promise<ExperimentStrategy> {
      const { id, instrumentId } = await requireExperiment(db, ctx, input.experimentId, 'experiment.view');
      const [{ strategy, rows, overrides }, chosenId, choices, roles] = await Promise.all([
        triggersIn(db, id),
        chosenStrategyId(db, id),
        strategiesAt(db, instrumentId),
        rolesIn(db, ctx, id),
      ]);
      const isThere = choices.some((choice) => choice.id === chosenId);
      return {
        strategy: strategy && {
          ...{ id: strategy.id, name: strategy.name },
          ...{ description: strategy.description, isDefault: strategy.isDefault },
        },
        chosenId: isThere ? chosenId : null,
        choices: choices.map(({ chosenBy: _, description: __, ...choice }) => choice),
        triggers: rows.map((row) => standing(row, overrides.get(row.trigger.id) ?? null)),
        canChange: ctx.principal.kind === 'system' || allows('experiment.strategy', roles),
      };
    },

    /** Null: the default of the instrument, whichever that is. Managers. */
    async chooseStrategy(
      ctx: ServiceContext,
      input: { experimentId: string; strategyId: string | null },
    ): Promise<void> {
      await db.transaction(async (tx) => {
        const experiment = await requireExperiment(tx, ctx, input.experimentId, 'experiment.strategy');
        await setStrategy(tx, ctx, experiment, input.strategyId);
      });
    },

    /**
     * Switches a trigger on or off for one experiment, and gives it other constants there; null and nothing: as it stands at the instrument. Managers.
     * BAD_INPUT names every parameter that does not fit.
     */
    async override(
      ctx: ServiceContext,
      input: {
        experimentId: string;
        triggerId: string;
        enabled: boolean | null;
        parameters: Record<string, unknown>;
      },
    ): Promise<void> {
      await db.transaction(async (tx) => {
        const experiment = await requireExperiment(tx, ctx, input.experimentId, 'experiment.strategy');
        const { rows } = await triggersIn(tx, experiment.id);
        const found = rows.find(({ trigger }) => trigger.id === input.triggerId);
        if (!found) throw noTrigger();
        const { enabled, parameters } = input;
        refuseFaults(found, parameters);
        const isNothing = enabled === null && Object.keys(parameters).length === 0;
        const by = { changedAt: ctx.now(), changedBy: actingPerson(ctx) };
        const of = { experimentId: experiment.id, triggerId: found.trigger.id };
        await writeOverride(tx, of, isNothing ? null : { enabled, parameters, ...by });
        await recordAudit(tx, ctx, {
          ...{ action: 'trigger.override', entityKind: 'trigger', entityId: found.trigger.id },
          experimentId: experiment.id,
          detail: { name: found.trigger.name, enabled, parameters: Object.keys(parameters) },
        });
        await publish(tx, ctx, {
          topics: [`experiment:${experiment.id}`, `instrument:${experiment.instrumentId}`],
          kind: 'strategy.changed',
          data: { experimentId: experiment.id },
        });
      });
    },

    /**
     * Calls a trigger that waits for calls, about a dataset of the experiment or about none. Members. Tells what it started or why nothing. The same `callId`
     * in the same experiment is the same call: ALREADY_DONE.
     */
    async call(
      ctx: ServiceContext,
      input: {
        experimentId: string;
        triggerId: string;
        datasetId: string | null;
        parameters: Record<string, unknown>;
        callId: string | null;
      },
    ) {
      const experiment = await requireExperiment(db, ctx, input.experimentId, 'job.run');
      const { id: experimentId, facilityId, instrumentId } = experiment;
      const strategy = isUuid(input.triggerId) ? await strategyOf(db, experimentId) : null;
      const on = strategy
        ? await triggersOn(db, { strategyId: strategy.id, event: 'api.called', experimentId })
        : [];
      const found = on.find(({ trigger }) => trigger.id === input.triggerId);
      if (!found) throw noTrigger();
      const key = `${experimentId}:${input.callId ?? ctx.newId()}`;
      const occurrence = await calledOccurrence(db, { experimentId, datasetId: input.datasetId, key });
      const place = { experimentId, facilityId, instrumentId };
      const { parameters } = input;
      const decision = await fireTrigger(db, ctx, place, {
        ...{ ...found, occurrence, key: occurrence.key, parameters },
      });
      if (!decision) throw new AppError('ALREADY_DONE', 'This call was answered before.');
      return decision;
    },
  };
}

function refuseFaults(row: TriggerViewRow, parameters: Record<string, unknown>): void {
  const declared = declaredOf(row);
  const faults = Object.entries(parameters).flatMap(([name, value]): [string, string][] => {
    const parameter = declared.find((one) => one.name === name);
    if (!parameter) return [[name, `The template has no parameter "${name}".`]];
    const fault = value === null && parameter.optional ? null : parameterFault(parameter, value);
    return fault === null ? [] : [[name, `${parameter.label} ${fault}.`]];
  });
  if (faults.length === 0) return;
  throw new AppError('BAD_INPUT', {
    message: faults.map(([, text]) => text).join(' '),
    details: { parameters: Object.fromEntries(faults) },
  });
}
