import { agentRoute } from '#src/server/api/agent-route.ts';
import { webContainer } from '#src/server/web-container.ts';
import { MAX_PREVIEW_BYTES } from '#src/shared/contracts/agent-api.ts';
import { AppError } from '#src/shared/errors/app-error.ts';

/** 0-based image id. */
function frameOf(text: string): number {
  if (!/^\d{1,12}$/.test(text)) throw new AppError('BAD_INPUT', 'A frame is a number from 0 on.');
  return Number(text);
}

export const PUT = agentRoute({
  bytes: true,
  limitBytes: MAX_PREVIEW_BYTES,
  handle: (ctx, png: Uint8Array, { datasetId, frame }: { datasetId: string; frame: string }, request) =>
    webContainer().ingest.storePreview(ctx, {
      ...{ datasetId, png },
      frame: frameOf(frame),
      kept: new URL(request.url).searchParams.get('kept') === '1',
    }),
});
