import { z } from 'zod';
import { auditSearchSchema } from '../audit-search.ts';
import { router, signedInProcedure } from '../trpc.ts';

/** Who did what at a facility, for its admins. As CSV: `/api/audit`. */
export const auditRouter = router({
  search: signedInProcedure
    .input(
      auditSearchSchema.extend({
        cursor: z.int().min(0).nullish(),
        limit: z.int().min(1).max(200).optional(),
      }),
    )
    .query(({ ctx, input }) => ctx.services.audit.search(ctx.caller, input)),

  actions: signedInProcedure
    .input(z.object({ facilityId: z.uuid() }))
    .query(({ ctx, input }) => ctx.services.audit.actions(ctx.caller, input)),
});
