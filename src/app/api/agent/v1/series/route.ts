import { agentRoute } from '#src/server/api/agent-route.ts';
import { webContainer } from '#src/server/web-container.ts';
import { seriesOpenRequestSchema } from '#src/shared/contracts/agent-api.ts';

export const POST = agentRoute({
  body: seriesOpenRequestSchema,
  handle: (ctx, input) => webContainer().ingest.openSeries(ctx, input),
});
