import { openAgentRoute } from '#src/server/api/agent-route.ts';
import { callerAddress } from '#src/server/api/caller-address.ts';
import { FailureLimit } from '#src/server/api/failure-limit.ts';
import { webContainer } from '#src/server/web-container.ts';
import { enrolRequestSchema, MAX_LICENCE_BYTES } from '#src/shared/contracts/agent-licence.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import { limitedPlace } from '#src/shared/model/limited-place.ts';

/** A signature cannot be guessed; this only keeps somebody who sends nonsense from keeping the database busy. */
const limit = new FailureLimit({ failures: 100, windowMs: 15 * 60 * 1000 });

export const POST = openAgentRoute({
  body: enrolRequestSchema,
  limitBytes: 2 * MAX_LICENCE_BYTES,
  handle: async (ctx, input, _, request) => {
    const { agents, config } = webContainer();
    const caller = limitedPlace(callerAddress(request.headers, config.trustedProxies));
    const nowMs = ctx.now().getTime();
    limit.assertMayTry(caller, nowMs);
    try {
      return await agents.enrol(ctx, input);
    } catch (error) {
      if (error instanceof AppError && error.code === 'LICENCE_INVALID') limit.failed(caller, nowMs);
      throw error;
    }
  },
});
