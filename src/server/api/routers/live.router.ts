import { tracked } from '@trpc/server';
import { z } from 'zod';
import { type Topic, topicSchema } from '#src/shared/contracts/live-events.ts';
import { router, signedInProcedure } from '../trpc.ts';

/** Topics of one browser: a few open tabs. They travel in an address, which has its limits. */
export const MAX_TOPICS = 100;

export const liveRouter = router({
  /**
   * One subscription per browser; see `src/features/shell/live.tsx`. `lastEventId` is set by the client library when it
   * connects anew, or given to go on behind an event.
   */
  events: signedInProcedure
    .input(
      z.object({ topics: z.array(topicSchema).max(MAX_TOPICS), lastEventId: z.string().max(60).nullish() }),
    )
    .subscription(async function* ({ ctx, input, signal }) {
      const watched = ctx.services.live.watch(
        ctx.caller,
        { topics: input.topics as Topic[], lastEventId: input.lastEventId },
        signal,
      );
      for await (const { id, message } of watched) yield tracked(id, message);
    }),
});
