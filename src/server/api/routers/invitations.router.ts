import { z } from 'zod';
import { personName } from '#src/shared/model/experiment-fields.ts';
import { GIVEN_ROLES } from '#src/shared/permissions/permission-table.ts';
import { publicProcedure, router, signedInProcedure } from '../trpc.ts';

const byId = z.object({ invitationId: z.uuid() });
/** The secret of a link; who holds it holds the mail. */
const token = z.string().min(20).max(200);

export const invitationsRouter = router({
  invite: signedInProcedure
    .input(
      z.object({
        experimentId: z.uuid(),
        /** An e-mail address or a user name. */
        to: z.string().trim().min(1, 'Write an e-mail address or a user name.').max(320),
        role: z.enum(GIVEN_ROLES),
      }),
    )
    .mutation(({ ctx, input }) => ctx.services.invitations.invite(ctx.caller, input)),

  list: signedInProcedure
    .input(z.object({ experimentId: z.uuid() }))
    .query(({ ctx, input }) => ctx.services.invitations.list(ctx.caller, input)),

  resend: signedInProcedure
    .input(byId)
    .mutation(({ ctx, input }) => ctx.services.invitations.resend(ctx.caller, input)),

  revoke: signedInProcedure
    .input(byId)
    .mutation(({ ctx, input }) => ctx.services.invitations.revoke(ctx.caller, input)),

  mine: signedInProcedure.query(({ ctx }) => ctx.services.invitations.mine(ctx.caller)),

  acceptMine: signedInProcedure
    .input(byId)
    .mutation(({ ctx, input }) => ctx.services.invitations.acceptMine(ctx.caller, input)),

  decline: signedInProcedure
    .input(byId)
    .mutation(({ ctx, input }) => ctx.services.invitations.decline(ctx.caller, input)),

  /** By the link of the mail. `asMyself`: although it was sent to somebody else. */
  accept: signedInProcedure
    .input(z.object({ token, asMyself: z.boolean() }))
    .mutation(({ ctx, input }) => ctx.services.invitations.accept(ctx.caller, input)),

  /** By the link of the mail, for people without an account; makes one. */
  join: publicProcedure
    .input(z.object({ token, name: personName, password: z.string().max(1000) }))
    .mutation(({ ctx, input }) => ctx.services.invitations.join(ctx.caller, input)),
});
