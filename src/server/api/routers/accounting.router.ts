import { z } from 'zod';
import {
  grantSchema,
  licenceTermsSchema,
  newLicenceSchema,
  newProfileSchema,
  newSponsorshipSchema,
} from '#src/server/domain/accounting/accounting.types.ts';
import { LICENCE_OWNERS } from '#src/shared/model/accounting.ts';
import { router, signedInProcedure } from '../trpc.ts';

const facility = z.object({ facilityId: z.uuid() });

/** Allowances of CPU time and storage. (Licences of agents are in `agents`.) */
export const licencesRouter = router({
  list: signedInProcedure
    .input(
      facility.extend({
        ownerKind: z.enum(LICENCE_OWNERS).optional(),
        search: z.string().max(200).optional(),
        onlyValid: z.boolean().optional(),
        cursor: z.uuid().nullish(),
        limit: z.int().min(1).max(200).optional(),
      }),
    )
    .query(({ ctx, input }) => ctx.services.licences.list(ctx.caller, input)),

  mine: signedInProcedure.query(({ ctx }) => ctx.services.licences.mine(ctx.caller)),

  create: signedInProcedure
    .input(newLicenceSchema)
    .mutation(({ ctx, input }) => ctx.services.licences.create(ctx.caller, input)),

  changeTerms: signedInProcedure
    .input(licenceTermsSchema)
    .mutation(({ ctx, input }) => ctx.services.licences.changeTerms(ctx.caller, input)),

  grant: signedInProcedure
    .input(grantSchema)
    .mutation(({ ctx, input }) => ctx.services.licences.grant(ctx.caller, input)),

  use: signedInProcedure
    .input(z.object({ licenceId: z.uuid() }))
    .query(({ ctx, input }) => ctx.services.licences.use(ctx.caller, input)),

  storage: signedInProcedure
    .input(facility)
    .query(({ ctx, input }) => ctx.services.storage.use(ctx.caller, input)),

  storageOfExperiment: signedInProcedure
    .input(z.object({ experimentId: z.uuid() }))
    .query(({ ctx, input }) => ctx.services.storage.ofExperiment(ctx.caller, input)),

  sponsorships: signedInProcedure
    .input(z.object({ licenceId: z.uuid() }))
    .query(({ ctx, input }) => ctx.services.sponsorships.list(ctx.caller, input)),

  sponsor: signedInProcedure
    .input(newSponsorshipSchema)
    .mutation(({ ctx, input }) => ctx.services.sponsorships.create(ctx.caller, input)),

  endSponsorship: signedInProcedure
    .input(z.object({ ruleId: z.uuid() }))
    .mutation(({ ctx, input }) => ctx.services.sponsorships.end(ctx.caller, input)),
});

/** Groups that own licences together. */
export const labsRouter = router({
  list: signedInProcedure
    .input(facility)
    .query(({ ctx, input }) => ctx.services.labs.list(ctx.caller, input)),

  create: signedInProcedure
    .input(facility.extend({ name: z.string().trim().min(1).max(120) }))
    .mutation(({ ctx, input }) => ctx.services.labs.create(ctx.caller, input)),

  addPerson: signedInProcedure
    .input(z.object({ labId: z.uuid(), email: z.string().trim().min(3).max(320) }))
    .mutation(({ ctx, input }) => ctx.services.labs.addPerson(ctx.caller, input)),

  removePerson: signedInProcedure
    .input(z.object({ labId: z.uuid(), personId: z.uuid() }))
    .mutation(({ ctx, input }) => ctx.services.labs.removePerson(ctx.caller, input)),
});

/** Sizes that software runs in, and their prices. */
export const profilesRouter = router({
  list: signedInProcedure
    .input(facility)
    .query(({ ctx, input }) => ctx.services.profiles.list(ctx.caller, input)),

  create: signedInProcedure
    .input(newProfileSchema)
    .mutation(({ ctx, input }) => ctx.services.profiles.create(ctx.caller, input)),

  retire: signedInProcedure
    .input(z.object({ profileId: z.uuid() }))
    .mutation(({ ctx, input }) => ctx.services.profiles.retire(ctx.caller, input)),
});
