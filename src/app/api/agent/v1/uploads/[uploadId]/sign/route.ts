import { agentRoute } from '#src/server/api/agent-route.ts';
import { webContainer } from '#src/server/web-container.ts';
import { signPartsRequestSchema } from '#src/shared/contracts/agent-api.ts';

export const POST = agentRoute({
  body: signPartsRequestSchema,
  handle: (ctx, input, { uploadId }: { uploadId: string }) =>
    webContainer().ingest.signParts(ctx, { ...input, uploadId }),
});
