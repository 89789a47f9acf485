import { agentRoute, COMPLETE_BODY_LIMIT } from '#src/server/api/agent-route.ts';
import { webContainer } from '#src/server/web-container.ts';
import { uploadCompleteRequestSchema } from '#src/shared/contracts/agent-api.ts';

export const POST = agentRoute({
  body: uploadCompleteRequestSchema,
  limitBytes: COMPLETE_BODY_LIMIT,
  handle: (ctx, input, { uploadId }: { uploadId: string }) =>
    webContainer().ingest.completeUpload(ctx, { ...input, uploadId }),
});
