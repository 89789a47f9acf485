import { router, signedInProcedure } from '../trpc.ts';

export const instrumentsRouter = router({
  list: signedInProcedure.query(({ ctx }) => ctx.services.instruments.listMine(ctx.caller)),
});
