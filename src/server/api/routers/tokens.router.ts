import { z } from 'zod';
import { TOKEN_SCOPE_NAMES } from '#src/shared/permissions/token-scopes.ts';
import { router, signedInProcedure } from '../trpc.ts';

/** The signed-in person's own access tokens. */
export const tokensRouter = router({
  list: signedInProcedure.query(({ ctx }) => ctx.services.tokens.list(ctx.caller)),

  /** The answer holds the token, which is told this once. */
  create: signedInProcedure
    .input(
      z.object({
        name: z.string().min(1).max(80),
        scopes: z.array(z.enum(TOKEN_SCOPE_NAMES)).min(1).max(TOKEN_SCOPE_NAMES.length),
        expiresAt: z.coerce.date(),
        experimentId: z.uuid().nullable(),
      }),
    )
    .mutation(({ ctx, input }) => ctx.services.tokens.create(ctx.caller, input)),

  revoke: signedInProcedure
    .input(z.object({ tokenId: z.uuid() }))
    .mutation(({ ctx, input }) => ctx.services.tokens.revoke(ctx.caller, input)),
});
