import { z } from 'zod';
import { AGENT_COMMANDS } from '#src/shared/contracts/agent-control.ts';
import { MAX_TEMPLATE_LENGTH } from '#src/shared/model/destination-template.ts';
import { FOLDERS, HELD_DECISIONS, UPLOAD_MODES } from '#src/shared/model/states.ts';
import { router, signedInProcedure } from '../trpc.ts';

const byId = z.object({ agentId: z.uuid() });

const terms = z.object({
  folders: z.array(z.enum(FOLDERS)).min(1, 'Choose at least one folder.').max(FOLDERS.length),
  expiresAt: z.coerce.date(),
});

const destination = byId.extend({
  source: z.string().trim().min(1).max(200),
  kind: z.enum(['stream', 'folder']),
  folder: z.enum(FOLDERS),
  // Longer ones are told so by the template's own sentence.
  template: z.string().max(MAX_TEMPLATE_LENGTH * 10),
});

export const agentsRouter = router({
  list: signedInProcedure
    .input(z.object({ instrumentId: z.uuid() }))
    .query(({ ctx, input }) => ctx.services.agents.list(ctx.caller, input)),

  ofFacility: signedInProcedure
    .input(z.object({ facilityId: z.uuid() }))
    .query(({ ctx, input }) => ctx.services.agents.ofFacility(ctx.caller, input)),

  /** Answers the licence file, which cannot be had again. */
  create: signedInProcedure
    .input(
      terms.extend({
        instrumentId: z.uuid(),
        kind: z.enum(['hub', 'sync']),
        name: z.string().trim().min(1, 'Give the agent a name.').max(80),
      }),
    )
    .mutation(({ ctx, input }) => ctx.services.agents.create(ctx.caller, input)),

  issueLicence: signedInProcedure
    .input(byId.extend(terms.shape))
    .mutation(({ ctx, input }) => ctx.services.agents.issueLicence(ctx.caller, input)),

  revokeLicence: signedInProcedure
    .input(byId.extend({ reason: z.string().trim().min(1, 'Say why: the agent shows it on site.').max(300) }))
    .mutation(({ ctx, input }) => ctx.services.agents.revokeLicence(ctx.caller, input)),

  restoreLicence: signedInProcedure
    .input(byId)
    .mutation(({ ctx, input }) => ctx.services.agents.restoreLicence(ctx.caller, input)),

  remove: signedInProcedure
    .input(byId)
    .mutation(({ ctx, input }) => ctx.services.agents.remove(ctx.caller, input)),

  setUploads: signedInProcedure
    .input(byId.extend({ mode: z.enum(UPLOAD_MODES), held: z.enum(HELD_DECISIONS) }))
    .mutation(({ ctx, input }) => ctx.services.agents.setUploads(ctx.caller, input)),

  command: signedInProcedure
    .input(
      byId.extend({
        kind: z.enum(AGENT_COMMANDS),
        ids: z.array(z.uuid()).max(1000).default([]),
        source: z.string().max(200).nullable().default(null),
      }),
    )
    .mutation(({ ctx, input }) => ctx.services.agents.command(ctx.caller, input)),

  commands: signedInProcedure
    .input(byId)
    .query(({ ctx, input }) => ctx.services.agents.commands(ctx.caller, input)),

  destinations: signedInProcedure
    .input(byId)
    .query(({ ctx, input }) => ctx.services.agents.destinations(ctx.caller, input)),

  previewDestination: signedInProcedure
    .input(destination)
    .query(({ ctx, input }) => ctx.services.agents.previewDestination(ctx.caller, input)),

  setDestination: signedInProcedure
    .input(destination)
    .mutation(({ ctx, input }) => ctx.services.agents.setDestination(ctx.caller, input)),
});
