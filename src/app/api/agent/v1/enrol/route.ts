import { openAgentRoute } from '#src/server/api/agent-route.ts';
import { webContainer } from '#src/server/web-container.ts';
import { enrolRequestSchema, MAX_LICENCE_BYTES } from '#src/shared/contracts/agent-licence.ts';

export const POST = openAgentRoute({
  body: enrolRequestSchema,
  limitBytes: 2 * MAX_LICENCE_BYTES,
  handle: (ctx, input) => webContainer().agents.enrol(ctx, input),
});
