import { z } from 'zod';
import { TOKEN_SCOPE_NAMES } from '#src/shared/permissions/token-scopes.ts';
import { router, signedInProcedure } from '../trpc.ts';

/** Access tokens: the signed-in person's own, and those of the instruments they are staff of. */
export const tokensRouter = router({
  list: signedInProcedure.query(({ ctx }) => ctx.services.tokens.list(ctx.caller)),

  /** Those of an instrument, whoever made them. */
  ofInstrument: signedInProcedure
    .input(z.object({ instrumentId: z.uuid() }))
    .query(({ ctx, input }) => ctx.services.tokens.ofInstrument(ctx.caller, input)),

  /** The answer holds the token, which is told this once. */
  create: signedInProcedure
    .input(
      z.object({
        name: z.string().min(1).max(80),
        scopes: z.array(z.enum(TOKEN_SCOPE_NAMES)).min(1).max(TOKEN_SCOPE_NAMES.length),
        expiresAt: z.coerce.date(),
        experimentId: z.uuid().nullable(),
        instrumentId: z.uuid().nullish(),
      }),
    )
    .mutation(({ ctx, input }) => ctx.services.tokens.create(ctx.caller, input)),

  revoke: signedInProcedure
    .input(z.object({ tokenId: z.uuid() }))
    .mutation(({ ctx, input }) => ctx.services.tokens.revoke(ctx.caller, input)),
});
