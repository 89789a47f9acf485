import { agentRoute } from '#src/server/api/agent-route.ts';
import { webContainer } from '#src/server/web-container.ts';
import { uploadOpenRequestSchema } from '#src/shared/contracts/agent-api.ts';

export const POST = agentRoute({
  body: uploadOpenRequestSchema,
  handle: (ctx, input) => webContainer().ingest.openUploads(ctx, input),
});
