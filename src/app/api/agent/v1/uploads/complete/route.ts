import { agentRoute, COMPLETE_BODY_LIMIT, refusalOf } from '#src/server/api/agent-route.ts';
import { webContainer } from '#src/server/web-container.ts';
import {
  type UploadsCompleteResponse,
  uploadsCompleteRequestSchema,
} from '#src/shared/contracts/agent-api.ts';

export const POST = agentRoute({
  body: uploadsCompleteRequestSchema,
  limitBytes: COMPLETE_BODY_LIMIT,
  async handle(ctx, input): Promise<UploadsCompleteResponse> {
    const outcomes = await webContainer().ingest.completeUploads(ctx, input);
    return {
      uploads: input.uploads.map(({ uploadId }, index) => {
        const outcome = outcomes[index]!;
        if ('file' in outcome) return { uploadId, file: outcome.file, refusal: null };
        return { uploadId, file: null, refusal: refusalOf(outcome.error, ctx.requestId) };
      }),
    };
  },
});
