import { agentRoute } from '#src/server/api/agent-route.ts';
import { webContainer } from '#src/server/web-container.ts';
import { attachFilesRequestSchema } from '#src/shared/contracts/agent-files.ts';

export const POST = agentRoute({
  body: attachFilesRequestSchema,
  handle: (ctx, input, { datasetId }: { datasetId: string }) =>
    webContainer().ingest.attachFiles(ctx, { ...input, datasetId }),
});
