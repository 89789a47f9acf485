import { agentRoute } from '#src/server/api/agent-route.ts';
import { webContainer } from '#src/server/web-container.ts';
import { seriesEndRequestSchema } from '#src/shared/contracts/agent-api.ts';

export const POST = agentRoute({
  body: seriesEndRequestSchema,
  handle: (ctx, input, { datasetId }: { datasetId: string }) =>
    webContainer().ingest.endSeries(ctx, { ...input, datasetId }),
});
