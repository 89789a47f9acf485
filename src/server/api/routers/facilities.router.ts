import { z } from 'zod';
import { router, signedInProcedure } from '../trpc.ts';

const facility = z.object({ facilityId: z.uuid() });
const days = z.int().min(0).max(3650);
const email = z.string().trim().min(3).max(320);
const instrumentFacts = {
  name: z.string().trim().min(1).max(80),
  description: z.string().trim().max(500),
  promiseMs: z.int().min(100).max(3_600_000),
};
const slug = z
  .string()
  .trim()
  .max(40)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'Lower-case letters, digits and single hyphens, such as mx-1.');

/** What admins do at their facility: policies, instruments, people. */
export const facilitiesRouter = router({
  mine: signedInProcedure.query(({ ctx }) => ctx.services.facilities.mine(ctx.caller)),

  policies: signedInProcedure
    .input(facility)
    .query(({ ctx, input }) => ctx.services.facilities.policies(ctx.caller, input)),

  setPolicies: signedInProcedure
    .input(facility.extend({ staffAccessDays: days, processingWindowDays: days }))
    .mutation(({ ctx, input }) => ctx.services.facilities.setPolicies(ctx.caller, input)),

  instruments: signedInProcedure
    .input(facility)
    .query(({ ctx, input }) => ctx.services.facilities.instruments(ctx.caller, input)),

  createInstrument: signedInProcedure
    .input(facility.extend({ slug, ...instrumentFacts }))
    .mutation(async ({ ctx, input }) => {
      const { id } = await ctx.services.instruments.create(ctx.caller, input);
      return { instrumentId: id };
    }),

  changeInstrument: signedInProcedure
    .input(facility.extend({ instrumentId: z.uuid(), ...instrumentFacts }))
    .mutation(({ ctx, input }) => ctx.services.facilities.changeInstrument(ctx.caller, input)),

  addStaff: signedInProcedure
    .input(facility.extend({ instrumentId: z.uuid(), email }))
    .mutation(({ ctx, input }) => ctx.services.facilities.addStaff(ctx.caller, input)),

  removeStaff: signedInProcedure
    .input(facility.extend({ instrumentId: z.uuid(), personId: z.uuid() }))
    .mutation(({ ctx, input }) => ctx.services.instruments.removeStaff(ctx.caller, input)),

  people: signedInProcedure
    .input(
      facility.extend({
        search: z.string().max(200).optional(),
        show: z.enum(['all', 'admins', 'disabled']).optional(),
        cursor: z.object({ name: z.string().max(500), id: z.uuid() }).nullish(),
        limit: z.int().min(1).max(200).optional(),
      }),
    )
    .query(({ ctx, input }) => ctx.services.facilities.people(ctx.caller, input)),

  setPersonDisabled: signedInProcedure
    .input(facility.extend({ personId: z.uuid(), disabled: z.boolean() }))
    .mutation(({ ctx, input }) => ctx.services.facilities.setPersonDisabled(ctx.caller, input)),

  /** What disabled accounts own. */
  withoutOwner: signedInProcedure
    .input(facility)
    .query(({ ctx, input }) => ctx.services.members.withoutOwner(ctx.caller, input)),

  giveOwnership: signedInProcedure
    .input(facility.extend({ experimentId: z.uuid(), personId: z.uuid() }))
    .mutation(({ ctx, input }) => ctx.services.members.giveOwnership(ctx.caller, input)),

  addAdmin: signedInProcedure
    .input(facility.extend({ email }))
    .mutation(({ ctx, input }) => ctx.services.facilities.addAdmin(ctx.caller, input)),

  removeAdmin: signedInProcedure
    .input(facility.extend({ personId: z.uuid() }))
    .mutation(({ ctx, input }) => ctx.services.facilities.removeAdmin(ctx.caller, input)),
});
