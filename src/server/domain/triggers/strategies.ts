import { AppError } from '../../../shared/errors/app-error.ts';
import type { TriggerDraft } from '../../../shared/model/trigger-rules.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import { payableLicences } from '../accounting/payable-licences.ts';
import { profilesAt } from '../accounting/run-profile.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { requireInstrument } from '../experiments/experiment.policy.ts';
import { declaredParametersOf, needsDataset } from '../jobs/template-use.ts';
import { usableTemplates } from '../templates/use-template.ts';
import {
  insertStrategy,
  isStrategyName,
  makeDefault,
  type StrategyRow,
  strategiesAt,
  updateStrategy,
} from './strategy.repository.ts';
import { requireStrategy, requireTrigger } from './trigger.policy.ts';
import { removeTriggers, triggerViews } from './trigger.repository.ts';
import type { StrategyView, TriggerChoices } from './trigger.types.ts';
import { detailOf } from './trigger-view.ts';
import { addTrigger, changeTrigger } from './write-trigger.ts';

/** More are no choice any more. */
const MOST_STRATEGIES = 50;
const MOST_TRIGGERS = 50;

const nameTaken = (name: string) =>
  new AppError('CONFLICT', {
    message: `There is a strategy “${name}” at this instrument already: choose another name.`,
    details: { fields: { name: 'is the name of a strategy already' } },
  });

/** Named sets of triggers, and the triggers in them. All of it is for staff of the instrument. */
export function createStrategies({ db }: { db: Database }) {
  async function told(tx: Transaction, ctx: ServiceContext, row: StrategyRow, action: string): Promise<void> {
    await recordAudit(tx, ctx, {
      ...{ action, entityKind: 'strategy', entityId: row.id },
      detail: { instrumentId: row.instrumentId, name: row.name },
    });
    await publish(tx, ctx, {
      topics: [`instrument:${row.instrumentId}`],
      kind: 'strategy.changed',
      data: { strategyId: row.id },
    });
  }

  return {
    /** The strategies of an instrument with their triggers, the default first. */
    async strategies(ctx: ServiceContext, input: { instrumentId: string }): Promise<StrategyView[]> {
      const { id } = await requireInstrument(db, ctx, input.instrumentId, 'instrument.agents');
      const [rows, triggers] = await Promise.all([
        strategiesAt(db, id),
        triggerViews(db, { instrumentId: id }),
      ]);
      const details = triggers.map((row) => detailOf(row));
      return rows.map(({ triggers: _, triggersOn: __, ...row }) => ({
        ...row,
        triggers: details.filter(({ strategy }) => strategy.id === row.id),
      }));
    },

    /** What a trigger of the instrument may run, in which sizes, and who may pay. */
    async choices(ctx: ServiceContext, input: { instrumentId: string }): Promise<TriggerChoices> {
      const { id } = await requireInstrument(db, ctx, input.instrumentId, 'instrument.agents');
      const [templates, profiles, licences] = await Promise.all([
        usableTemplates(db, ctx),
        profilesAt(db, id),
        payableLicences(db, ctx, id),
      ]);
      return {
        templates: templates.map(({ slug, name, version, ...row }) => ({
          ...{ slug, name, version, needsDataset: needsDataset(row), parameters: declaredParametersOf(row) },
        })),
        profiles: profiles.map(({ id: profileId, name, cpus }) => ({ id: profileId, name, cpus })),
        licences,
      };
    },

    /** CONFLICT when there is one of that name. The first of an instrument is its default. */
    async makeStrategy(
      ctx: ServiceContext,
      input: { instrumentId: string; name: string; description: string },
    ): Promise<{ strategyId: string }> {
      return db.transaction(async (tx) => {
        const { id: instrumentId } = await requireInstrument(
          tx,
          ctx,
          input.instrumentId,
          'instrument.agents',
        );
        const there = await strategiesAt(tx, instrumentId);
        if (there.length >= MOST_STRATEGIES) {
          throw new AppError('CONFLICT', `An instrument has at most ${MOST_STRATEGIES} strategies.`);
        }
        const row: StrategyRow = {
          ...{ id: ctx.newId(), instrumentId, name: input.name, description: input.description },
          ...{ isDefault: there.length === 0, createdAt: ctx.now(), createdBy: actingPerson(ctx) },
          removedAt: null,
        };
        if (!(await insertStrategy(tx, row))) throw nameTaken(input.name);
        await told(tx, ctx, row, 'strategy.create');
        return { strategyId: row.id };
      });
    },

    async changeStrategy(
      ctx: ServiceContext,
      input: { strategyId: string; name: string; description: string },
    ): Promise<void> {
      await db.transaction(async (tx) => {
        const row = await requireStrategy(tx, ctx, input.strategyId);
        const { name, description } = input;
        if (row.name === name && row.description === description) return;
        if (await isStrategyName(tx, row.instrumentId, name, row.id)) throw nameTaken(name);
        await updateStrategy(tx, row.id, { name, description });
        await told(tx, ctx, { ...row, name }, 'strategy.change');
      });
    },

    /** From now on it is what experiments have that chose none. */
    async setDefault(ctx: ServiceContext, input: { strategyId: string }): Promise<void> {
      await db.transaction(async (tx) => {
        const row = await requireStrategy(tx, ctx, input.strategyId);
        if (row.isDefault) return;
        await makeDefault(tx, row);
        await told(tx, ctx, row, 'strategy.default');
      });
    },

    /** Its triggers fire no more; experiments that chose it have the default from now on. CONFLICT for the default itself. */
    async removeStrategy(ctx: ServiceContext, input: { strategyId: string }): Promise<void> {
      await db.transaction(async (tx) => {
        const row = await requireStrategy(tx, ctx, input.strategyId);
        if (row.isDefault) {
          throw new AppError('CONFLICT', `“${row.name}” is the default: make another the default first.`);
        }
        await removeTriggers(tx, { strategyId: row.id }, ctx.now());
        await updateStrategy(tx, row.id, { removedAt: ctx.now() });
        await told(tx, ctx, row, 'strategy.remove');
      });
    },

    /** Adds a trigger to a strategy. BAD_INPUT names every fault of its parameters, CONFLICT a name that is taken. */
    async addTrigger(
      ctx: ServiceContext,
      input: { strategyId: string; draft: TriggerDraft },
    ): Promise<{ triggerId: string }> {
      return db.transaction(async (tx) => {
        const strategy = await requireStrategy(tx, ctx, input.strategyId);
        if ((await triggerViews(tx, { strategyId: strategy.id })).length >= MOST_TRIGGERS) {
          throw new AppError('CONFLICT', `A strategy has at most ${MOST_TRIGGERS} triggers.`);
        }
        return addTrigger(tx, ctx, strategy, input.draft);
      });
    },

    /** Writes a trigger anew; what happens from now on is judged by it. CONFLICT when somebody was faster. */
    async changeTrigger(
      ctx: ServiceContext,
      input: { triggerId: string; version: number; draft: TriggerDraft },
    ): Promise<void> {
      await db.transaction(async (tx) => {
        const before = await requireTrigger(tx, ctx, input.triggerId);
        await changeTrigger(tx, ctx, before, input.version, input.draft);
      });
    },

    /** It fires no more. The jobs that it started keep it, and so does the history. */
    async removeTrigger(ctx: ServiceContext, input: { triggerId: string }): Promise<void> {
      await db.transaction(async (tx) => {
        const { id, instrumentId, name } = await requireTrigger(tx, ctx, input.triggerId);
        await removeTriggers(tx, { triggerId: id }, ctx.now());
        await recordAudit(tx, ctx, {
          ...{ action: 'trigger.remove', entityKind: 'trigger', entityId: id },
          detail: { instrumentId, name },
        });
        await publish(tx, ctx, {
          topics: [`instrument:${instrumentId}`],
          kind: 'trigger.changed',
          data: { triggerId: id, enabled: false },
        });
      });
    },
  };
}
