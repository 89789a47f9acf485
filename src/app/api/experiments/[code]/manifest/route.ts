import { guarded } from '#src/server/api/guarded-route.ts';
import { textStream } from '#src/server/api/text-stream.ts';
import { principalOfRequest } from '#src/server/auth/current-principal.ts';
import { newContext } from '#src/server/domain/new-context.ts';
import { webContainer } from '#src/server/web-container.ts';

export const dynamic = 'force-dynamic';

/** SHA-256 of every file of an experiment, or with `?dataset=ID` of one dataset, as `sha256sum -c` reads them. */
export function GET(request: Request, { params }: { params: Promise<{ code: string }> }): Promise<Response> {
  return guarded(request, async (checked, requestId) => {
    const services = webContainer();
    const { custody, experiments } = services;
    const caller = newContext(await principalOfRequest(services, checked.headers), requestId);
    const { id: experimentId, code } = await experiments.getByCode(caller, await params);
    const datasetId = new URL(checked.url).searchParams.get('dataset');
    const pieces = await custody.openManifest(caller, { experimentId, datasetId });
    const name = datasetId === null ? code : `${code}-${datasetId}`;
    return new Response(textStream(pieces), {
      headers: {
        'content-type': 'text/plain; charset=utf-8',
        'content-disposition': `attachment; filename="${name}.sha256"`,
      },
    });
  });
}
