import { agentRoute } from '#src/server/api/agent-route.ts';
import { stoppingSignal } from '#src/server/api/end-streams.ts';
import { webContainer } from '#src/server/web-container.ts';
import { controlRequestSchema } from '#src/shared/contracts/agent-control.ts';

export const POST = agentRoute({
  body: controlRequestSchema,
  handle: (ctx, input, _, request) =>
    webContainer().control.poll(ctx, input, AbortSignal.any([request.signal, stoppingSignal()])),
});
