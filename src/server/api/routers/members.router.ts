import { z } from 'zod';
import { router, signedInProcedure } from '../trpc.ts';

const byId = z.object({ experimentId: z.uuid() });
const byOffer = z.object({ offerId: z.uuid() });

/** Who has access and why, beside the members themselves: staff, and the ownership. */
export const membersRouter = router({
  staffAccess: signedInProcedure
    .input(byId)
    .query(({ ctx, input }) => ctx.services.members.staffAccess(ctx.caller, input)),

  extendStaffAccess: signedInProcedure
    .input(byId.extend({ until: z.coerce.date().nullable() }))
    .mutation(({ ctx, input }) => ctx.services.members.extendStaffAccess(ctx.caller, input)),

  ownershipOffer: signedInProcedure
    .input(byId)
    .query(({ ctx, input }) => ctx.services.members.ownershipOffer(ctx.caller, input)),

  ownershipOffersToMe: signedInProcedure.query(({ ctx }) =>
    ctx.services.members.ownershipOffersToMe(ctx.caller),
  ),

  offerOwnership: signedInProcedure
    .input(byId.extend({ personId: z.uuid() }))
    .mutation(({ ctx, input }) => ctx.services.members.offerOwnership(ctx.caller, input)),

  revokeOwnershipOffer: signedInProcedure
    .input(byId)
    .mutation(({ ctx, input }) => ctx.services.members.revokeOwnershipOffer(ctx.caller, input)),

  acceptOwnership: signedInProcedure
    .input(byOffer)
    .mutation(({ ctx, input }) => ctx.services.members.acceptOwnership(ctx.caller, input)),

  declineOwnership: signedInProcedure
    .input(byOffer)
    .mutation(({ ctx, input }) => ctx.services.members.declineOwnership(ctx.caller, input)),
});
