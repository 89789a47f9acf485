import { z } from 'zod';
import { createProjectSchema, editProjectSchema } from '#src/server/domain/projects/project.types.ts';
import { router, signedInProcedure } from '../trpc.ts';

const byLink = z.object({ projectId: z.uuid(), experimentId: z.uuid() });

/** Projects and what they read. Their people are those of the members and invitations areas, by the project's id. */
export const projectsRouter = router({
  list: signedInProcedure
    .input(
      z.object({
        search: z.string().max(200).optional(),
        cursor: z.string().max(4000).nullish(),
        limit: z.int().min(1).max(200).optional(),
      }),
    )
    .query(({ ctx, input }) => ctx.services.projects.list(ctx.caller, input)),

  facilities: signedInProcedure.query(({ ctx }) => ctx.services.projects.facilities(ctx.caller)),

  byCode: signedInProcedure
    .input(z.object({ code: z.string().max(40) }))
    .query(({ ctx, input }) => ctx.services.projects.getByCode(ctx.caller, input)),

  create: signedInProcedure
    .input(createProjectSchema)
    .mutation(({ ctx, input }) => ctx.services.projects.create(ctx.caller, input)),

  edit: signedInProcedure
    .input(editProjectSchema)
    .mutation(({ ctx, input }) => ctx.services.projects.edit(ctx.caller, input)),

  experiments: signedInProcedure
    .input(z.object({ projectId: z.uuid() }))
    .query(({ ctx, input }) => ctx.services.projects.experiments(ctx.caller, input)),

  reading: signedInProcedure
    .input(z.object({ experimentId: z.uuid() }))
    .query(({ ctx, input }) => ctx.services.projects.reading(ctx.caller, input)),

  link: signedInProcedure
    .input(byLink)
    .mutation(({ ctx, input }) => ctx.services.projects.link(ctx.caller, input)),

  unlink: signedInProcedure
    .input(byLink)
    .mutation(({ ctx, input }) => ctx.services.projects.unlink(ctx.caller, input)),
});
