import { z } from 'zod';
import { createExperimentSchema } from '#src/server/domain/experiments/experiment.types.ts';
import { sampleInputSchema } from '#src/server/domain/experiments/samples.service.ts';
import { EXPERIMENT_STATES, HELD_DECISIONS } from '#src/shared/model/states.ts';
import { router, signedInProcedure } from '../trpc.ts';

const byId = z.object({ experimentId: z.uuid() });
/** Ownership is handed over, never given. */
const givenRole = z.enum(['viewer', 'member', 'manager']);

export const experimentsRouter = router({
  list: signedInProcedure
    .input(
      z.object({
        instrumentId: z.uuid().optional(),
        states: z.array(z.enum(EXPERIMENT_STATES)).max(EXPERIMENT_STATES.length).optional(),
        search: z.string().max(200).optional(),
        cursor: z.uuid().nullish(),
        limit: z.int().min(1).max(200).optional(),
      }),
    )
    .query(({ ctx, input }) => ctx.services.experiments.list(ctx.caller, input)),

  byCode: signedInProcedure
    .input(z.object({ code: z.string().max(40) }))
    .query(({ ctx, input }) => ctx.services.experiments.getByCode(ctx.caller, input)),

  create: signedInProcedure
    .input(createExperimentSchema)
    .mutation(({ ctx, input }) => ctx.services.experiments.create(ctx.caller, input)),

  activate: signedInProcedure
    .input(byId.extend({ expectedActiveId: z.uuid().nullable().optional() }))
    .mutation(({ ctx, input }) => ctx.services.experiments.activate(ctx.caller, input)),

  deactivate: signedInProcedure
    .input(z.object({ instrumentId: z.uuid(), expectedActiveId: z.uuid().optional() }))
    .mutation(({ ctx, input }) => ctx.services.experiments.deactivate(ctx.caller, input)),

  finish: signedInProcedure
    .input(byId)
    .mutation(({ ctx, input }) => ctx.services.experiments.finish(ctx.caller, input)),

  close: signedInProcedure
    .input(byId)
    .mutation(({ ctx, input }) => ctx.services.experiments.close(ctx.caller, input)),

  setUpload: signedInProcedure
    .input(byId.extend({ enabled: z.boolean(), held: z.enum(HELD_DECISIONS) }))
    .mutation(({ ctx, input }) => ctx.services.experiments.setUpload(ctx.caller, input)),

  members: signedInProcedure
    .input(byId)
    .query(({ ctx, input }) => ctx.services.members.list(ctx.caller, input)),

  addMember: signedInProcedure
    .input(byId.extend({ email: z.email('This is not an e-mail address.').max(320), role: givenRole }))
    .mutation(({ ctx, input }) => ctx.services.members.add(ctx.caller, input)),

  setMemberRole: signedInProcedure
    .input(byId.extend({ personId: z.uuid(), role: givenRole }))
    .mutation(({ ctx, input }) => ctx.services.members.setRole(ctx.caller, input)),

  removeMember: signedInProcedure
    .input(byId.extend({ personId: z.uuid() }))
    .mutation(({ ctx, input }) => ctx.services.members.remove(ctx.caller, input)),

  samples: signedInProcedure
    .input(byId)
    .query(({ ctx, input }) => ctx.services.samples.list(ctx.caller, input)),

  upsertSamples: signedInProcedure
    .input(byId.extend({ samples: z.array(sampleInputSchema).min(1).max(1000) }))
    .mutation(({ ctx, input }) => ctx.services.samples.upsert(ctx.caller, input)),
});
