import { z } from 'zod';
import {
  askProlongationSchema,
  createExperimentSchema,
  editExperimentSchema,
  prolongSchema,
  refuseProlongationSchema,
} from '#src/server/domain/experiments/experiment.types.ts';
import { EXPERIMENT_SORTS } from '#src/server/domain/experiments/list-experiments.ts';
import { saveViewSchema } from '#src/server/domain/experiments/saved-views.ts';
import { upsertVisitSchema } from '#src/server/domain/experiments/visit.types.ts';
import { plannedInstant } from '#src/shared/model/experiment-fields.ts';
import { plainText } from '#src/shared/model/plain-text.ts';
import { sampleInputSchema } from '#src/shared/model/sample-fields.ts';
import { EXPERIMENT_STATES, HELD_DECISIONS } from '#src/shared/model/states.ts';
import { GIVEN_ROLES } from '#src/shared/permissions/permission-table.ts';
import { router, signedInProcedure } from '../trpc.ts';

const byId = z.object({ experimentId: z.uuid() });
const externalIdValue = plainText({ max: 200, empty: 'An external id has at least one letter.' });
/** Ownership is handed over, never given. */
const givenRole = z.enum(GIVEN_ROLES);

export const experimentsRouter = router({
  list: signedInProcedure
    .input(
      z.object({
        instrumentId: z.uuid().optional(),
        states: z.array(z.enum(EXPERIMENT_STATES)).max(EXPERIMENT_STATES.length).optional(),
        search: z.string().max(200).optional(),
        mine: z.boolean().optional(),
        active: z.boolean().optional(),
        from: plannedInstant.optional(),
        to: plannedInstant.optional(),
        /** By its id at the user office. */
        visit: externalIdValue.optional(),
        proposal: externalIdValue.optional(),
        sort: z.enum(EXPERIMENT_SORTS).optional(),
        cursor: z.string().max(4000).nullish(),
        limit: z.int().min(1).max(200).optional(),
      }),
    )
    .query(({ ctx, input }) => ctx.services.experiments.list(ctx.caller, input)),

  savedViews: signedInProcedure.query(({ ctx }) => ctx.services.experiments.savedViews(ctx.caller)),

  saveView: signedInProcedure
    .input(saveViewSchema)
    .mutation(({ ctx, input }) => ctx.services.experiments.saveView(ctx.caller, input)),

  removeView: signedInProcedure
    .input(z.object({ viewId: z.uuid() }))
    .mutation(({ ctx, input }) => ctx.services.experiments.removeView(ctx.caller, input)),

  byCode: signedInProcedure
    .input(z.object({ code: z.string().max(40) }))
    .query(({ ctx, input }) => ctx.services.experiments.getByCode(ctx.caller, input)),

  create: signedInProcedure
    .input(createExperimentSchema)
    .mutation(({ ctx, input }) => ctx.services.experiments.create(ctx.caller, input)),

  upsertVisit: signedInProcedure
    .input(upsertVisitSchema)
    .mutation(({ ctx, input }) => ctx.services.experiments.upsertVisit(ctx.caller, input)),

  edit: signedInProcedure
    .input(editExperimentSchema)
    .mutation(({ ctx, input }) => ctx.services.experiments.edit(ctx.caller, input)),

  activate: signedInProcedure
    .input(
      byId.extend({
        expectedActiveId: z.uuid().nullable().optional(),
        strategyId: z.uuid().nullable().optional(),
      }),
    )
    .mutation(({ ctx, input }) => ctx.services.experiments.activate(ctx.caller, input)),

  deactivate: signedInProcedure
    .input(z.object({ instrumentId: z.uuid(), expectedActiveId: z.uuid().optional() }))
    .mutation(({ ctx, input }) => ctx.services.experiments.deactivate(ctx.caller, input)),

  finish: signedInProcedure
    .input(byId)
    .mutation(({ ctx, input }) => ctx.services.experiments.finish(ctx.caller, input)),

  reopen: signedInProcedure
    .input(byId)
    .mutation(({ ctx, input }) => ctx.services.experiments.reopen(ctx.caller, input)),

  askProlongation: signedInProcedure
    .input(askProlongationSchema)
    .mutation(({ ctx, input }) => ctx.services.experiments.askProlongation(ctx.caller, input)),

  prolong: signedInProcedure
    .input(prolongSchema)
    .mutation(({ ctx, input }) => ctx.services.experiments.prolong(ctx.caller, input)),

  refuseProlongation: signedInProcedure
    .input(refuseProlongationSchema)
    .mutation(({ ctx, input }) => ctx.services.experiments.refuseProlongation(ctx.caller, input)),

  prolongationsAsked: signedInProcedure.query(({ ctx }) =>
    ctx.services.experiments.prolongationsAsked(ctx.caller),
  ),

  close: signedInProcedure
    .input(byId)
    .mutation(({ ctx, input }) => ctx.services.experiments.close(ctx.caller, input)),

  setUpload: signedInProcedure
    .input(byId.extend({ enabled: z.boolean(), held: z.enum(HELD_DECISIONS) }))
    .mutation(({ ctx, input }) => ctx.services.experiments.setUpload(ctx.caller, input)),

  members: signedInProcedure
    .input(
      byId.extend({
        search: z.string().max(200).optional(),
        cursor: z.string().max(8000).nullish(),
        limit: z.int().min(1).max(200).optional(),
      }),
    )
    .query(({ ctx, input }) => ctx.services.members.list(ctx.caller, input)),

  setMemberRole: signedInProcedure
    .input(byId.extend({ personId: z.uuid(), role: givenRole }))
    .mutation(({ ctx, input }) => ctx.services.members.setRole(ctx.caller, input)),

  removeMember: signedInProcedure
    .input(byId.extend({ personId: z.uuid() }))
    .mutation(({ ctx, input }) => ctx.services.members.remove(ctx.caller, input)),

  importExperiments: signedInProcedure
    .input(z.object({ instrumentId: z.uuid(), text: z.string().max(500_000), dryRun: z.boolean() }))
    .mutation(({ ctx, input }) => ctx.services.experiments.importCsv(ctx.caller, input)),

  samples: signedInProcedure
    .input(byId)
    .query(({ ctx, input }) => ctx.services.samples.list(ctx.caller, input)),

  upsertSamples: signedInProcedure
    .input(byId.extend({ samples: z.array(sampleInputSchema).min(1).max(1000) }))
    .mutation(({ ctx, input }) => ctx.services.samples.upsert(ctx.caller, input)),

  editSample: signedInProcedure
    .input(sampleInputSchema.extend({ sampleId: z.uuid() }))
    .mutation(({ ctx, input }) => ctx.services.samples.edit(ctx.caller, input)),

  removeSample: signedInProcedure
    .input(z.object({ sampleId: z.uuid() }))
    .mutation(({ ctx, input }) => ctx.services.samples.remove(ctx.caller, input)),

  importSamples: signedInProcedure
    .input(byId.extend({ text: z.string().max(500_000), dryRun: z.boolean() }))
    .mutation(({ ctx, input }) => ctx.services.samples.importCsv(ctx.caller, input)),
});
