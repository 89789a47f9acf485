import { z } from 'zod';
import { plainText } from '#src/shared/model/plain-text.ts';
import { FIRING_OUTCOME_NAMES, triggerDraftSchema } from '#src/shared/model/trigger-rules.ts';
import { router, signedInProcedure } from '../trpc.ts';

const ofInstrument = z.object({ instrumentId: z.uuid() });
const ofExperiment = z.object({ experimentId: z.uuid() });
const ofStrategy = z.object({ strategyId: z.uuid() });
const ofTrigger = z.object({ triggerId: z.uuid() });
const called = {
  name: plainText({ max: 80, empty: 'A strategy needs a name.' }),
  description: plainText({ max: 1000, lines: true }).default(''),
};
const parameters = z.record(z.string().max(100), z.unknown()).default({});

/** What an instrument starts by itself: strategies, their triggers, what fired and why not. */
export const triggersRouter = router({
  list: signedInProcedure
    .input(ofInstrument)
    .query(({ ctx, input }) => ctx.services.triggers.list(ctx.caller, input)),

  setEnabled: signedInProcedure
    .input(ofTrigger.extend({ enabled: z.boolean() }))
    .mutation(({ ctx, input }) => ctx.services.triggers.setEnabled(ctx.caller, input)),

  strategies: signedInProcedure
    .input(ofInstrument)
    .query(({ ctx, input }) => ctx.services.triggers.strategies(ctx.caller, input)),

  choices: signedInProcedure
    .input(ofInstrument)
    .query(({ ctx, input }) => ctx.services.triggers.choices(ctx.caller, input)),

  makeStrategy: signedInProcedure
    .input(ofInstrument.extend(called))
    .mutation(({ ctx, input }) => ctx.services.triggers.makeStrategy(ctx.caller, input)),

  changeStrategy: signedInProcedure
    .input(ofStrategy.extend(called))
    .mutation(({ ctx, input }) => ctx.services.triggers.changeStrategy(ctx.caller, input)),

  setDefault: signedInProcedure
    .input(ofStrategy)
    .mutation(({ ctx, input }) => ctx.services.triggers.setDefault(ctx.caller, input)),

  removeStrategy: signedInProcedure
    .input(ofStrategy)
    .mutation(({ ctx, input }) => ctx.services.triggers.removeStrategy(ctx.caller, input)),

  addTrigger: signedInProcedure
    .input(ofStrategy.extend({ draft: triggerDraftSchema }))
    .mutation(({ ctx, input }) => ctx.services.triggers.addTrigger(ctx.caller, input)),

  changeTrigger: signedInProcedure
    .input(ofTrigger.extend({ version: z.int().min(1).max(1e9), draft: triggerDraftSchema }))
    .mutation(({ ctx, input }) => ctx.services.triggers.changeTrigger(ctx.caller, input)),

  removeTrigger: signedInProcedure
    .input(ofTrigger)
    .mutation(({ ctx, input }) => ctx.services.triggers.removeTrigger(ctx.caller, input)),

  history: signedInProcedure
    .input(
      z
        .object({
          instrumentId: z.uuid().optional(),
          experimentId: z.uuid().optional(),
          triggerId: z.uuid().optional(),
          outcomes: z.array(z.enum(FIRING_OUTCOME_NAMES)).min(1).optional(),
          cursor: z.string().max(200).nullish(),
          limit: z.int().min(1).max(200).default(50),
        })
        .refine(
          ({ instrumentId, experimentId }) => (instrumentId === undefined) !== (experimentId === undefined),
          'Ask for an instrument or for an experiment.',
        ),
    )
    .query(({ ctx, input }) => ctx.services.triggers.history(ctx.caller, input)),

  ofExperiment: signedInProcedure
    .input(ofExperiment)
    .query(({ ctx, input }) => ctx.services.triggers.ofExperiment(ctx.caller, input)),

  chooseStrategy: signedInProcedure
    .input(ofExperiment.extend({ strategyId: z.uuid().nullable() }))
    .mutation(({ ctx, input }) => ctx.services.triggers.chooseStrategy(ctx.caller, input)),

  override: signedInProcedure
    .input(ofExperiment.extend({ triggerId: z.uuid(), enabled: z.boolean().nullable(), parameters }))
    .mutation(({ ctx, input }) => ctx.services.triggers.override(ctx.caller, input)),

  fire: signedInProcedure
    .input(
      ofExperiment.extend({
        triggerId: z.uuid(),
        datasetId: z.uuid().nullable().default(null),
        parameters,
        callId: plainText({ max: 100, empty: 'An id is not empty.' }).nullable().default(null),
      }),
    )
    .mutation(({ ctx, input }) => ctx.services.triggers.call(ctx.caller, input)),
});
