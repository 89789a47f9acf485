import { agentRoute } from '#src/server/api/agent-route.ts';
import { webContainer } from '#src/server/web-container.ts';
import { fileDatasetOpenRequestSchema } from '#src/shared/contracts/agent-files.ts';

export const POST = agentRoute({
  body: fileDatasetOpenRequestSchema,
  handle: (ctx, input) => webContainer().ingest.openFileDataset(ctx, input),
});
