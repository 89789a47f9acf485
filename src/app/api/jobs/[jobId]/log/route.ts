import { guarded } from '#src/server/api/guarded-route.ts';
import { textStream } from '#src/server/api/text-stream.ts';
import { principalOfRequest } from '#src/server/auth/current-principal.ts';
import { newContext } from '#src/server/domain/new-context.ts';
import { webContainer } from '#src/server/web-container.ts';

export const dynamic = 'force-dynamic';

/** All that the program of a job has printed until now. */
export function GET(request: Request, { params }: { params: Promise<{ jobId: string }> }): Promise<Response> {
  return guarded(request, async (checked, requestId) => {
    const services = webContainer();
    const caller = newContext(await principalOfRequest(services, checked.headers), requestId);
    const { name, pieces } = await services.jobs.openLog(caller, await params);
    return new Response(textStream(pieces), {
      headers: {
        'content-type': 'text/plain; charset=utf-8',
        'content-disposition': `attachment; filename="${name}"`,
        'cache-control': 'private, no-store',
      },
    });
  });
}
