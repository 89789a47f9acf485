import { z } from 'zod';
import { JOB_STATES } from '#src/shared/model/states.ts';
import { router, signedInProcedure } from '../trpc.ts';

const byId = z.object({ jobId: z.uuid() });
const place = z
  .int()
  .nonnegative()
  .max(2 ** 31 - 2);
const run = z.object({
  experimentId: z.uuid(),
  datasetId: z.uuid().nullish(),
  templateSlug: z.string().max(40),
  profileId: z.uuid().nullish(),
  licenceId: z.uuid().nullish(),
});
const parameters = z.record(z.string().max(40), z.unknown());

export const jobsRouter = router({
  list: signedInProcedure
    .input(
      z.object({
        experimentId: z.uuid().optional(),
        instrumentId: z.uuid().optional(),
        datasetId: z.uuid().optional(),
        states: z.array(z.enum(JOB_STATES)).max(JOB_STATES.length).optional(),
        startedBy: z.uuid().optional(),
        triggerId: z.uuid().optional(),
        templateSlug: z.string().max(40).optional(),
        sampleId: z.uuid().optional(),
        cursor: z.string().max(100).nullish(),
        limit: z.int().min(1).max(200).default(50),
      }),
    )
    .query(({ ctx, input }) => ctx.services.jobs.list(ctx.caller, input)),

  filters: signedInProcedure
    .input(
      z.object({
        experimentId: z.uuid().optional(),
        instrumentId: z.uuid().optional(),
        datasetId: z.uuid().optional(),
      }),
    )
    .query(({ ctx, input }) => ctx.services.jobs.filters(ctx.caller, input)),

  get: signedInProcedure.input(byId).query(({ ctx, input }) => ctx.services.jobs.get(ctx.caller, input)),

  log: signedInProcedure
    .input(
      byId.extend({
        afterSeq: place.nullish(),
        beforeSeq: place.nullish(),
        aroundSeq: place.nullish(),
      }),
    )
    .query(({ ctx, input }) => ctx.services.jobs.log(ctx.caller, input)),

  searchLog: signedInProcedure
    .input(
      byId.extend({
        text: z.string().min(1).max(200),
        from: z.object({ seq: place, line: z.int().nonnegative() }).nullish(),
      }),
    )
    .query(({ ctx, input }) => ctx.services.jobs.searchLog(ctx.caller, input)),

  cancel: signedInProcedure
    .input(byId)
    .mutation(({ ctx, input }) => ctx.services.jobs.cancel(ctx.caller, input)),

  chooseResult: signedInProcedure
    .input(byId)
    .mutation(({ ctx, input }) => ctx.services.jobs.chooseResult(ctx.caller, input)),

  dropResult: signedInProcedure
    .input(byId)
    .mutation(({ ctx, input }) => ctx.services.jobs.dropResult(ctx.caller, input)),

  offer: signedInProcedure.input(run).query(({ ctx, input }) => ctx.services.jobs.offer(ctx.caller, input)),

  runTemplate: signedInProcedure
    .input(
      run.extend({
        parameters: parameters.optional(),
        parentJobId: z.uuid().nullish(),
        isTest: z.boolean().optional(),
      }),
    )
    .mutation(({ ctx, input }) => ctx.services.jobs.runTemplate(ctx.caller, input)),

  templates: signedInProcedure.query(({ ctx }) => ctx.services.jobs.listTemplates(ctx.caller)),

  triggers: signedInProcedure
    .input(z.object({ instrumentId: z.uuid() }))
    .query(({ ctx, input }) => ctx.services.jobs.listTriggers(ctx.caller, input)),

  setTrigger: signedInProcedure
    .input(
      z.object({
        instrumentId: z.uuid(),
        name: z.string().trim().min(1).max(80),
        templateSlug: z.string().max(40),
        parameters: parameters.optional(),
        enabled: z.boolean().optional(),
      }),
    )
    .mutation(({ ctx, input }) => ctx.services.jobs.createTrigger(ctx.caller, input)),
});
