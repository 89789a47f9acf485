import { agentRoute } from '#src/server/api/agent-route.ts';
import { webContainer } from '#src/server/web-container.ts';

export const GET = agentRoute({
  handle: (ctx, _input, { uploadId }: { uploadId: string }) =>
    webContainer().ingest.getUpload(ctx, { uploadId }),
});
