import { agentRoute } from '#src/server/api/agent-route.ts';
import { webContainer } from '#src/server/web-container.ts';
import { heartbeatRequestSchema } from '#src/shared/contracts/agent-api.ts';

export const POST = agentRoute({
  body: heartbeatRequestSchema,
  handle: (ctx, input) => webContainer().agents.heartbeat(ctx, input),
});
