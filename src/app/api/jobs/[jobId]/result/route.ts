import { guarded } from '#src/server/api/guarded-route.ts';
import { REPORT_POLICY } from '#src/server/api/report-policy.ts';
import { principalOfRequest } from '#src/server/auth/current-principal.ts';
import { newContext } from '#src/server/domain/new-context.ts';
import { webContainer } from '#src/server/web-container.ts';

export const dynamic = 'force-dynamic';

/** A picture or report of a job, `?path=` below its output folder, confined however it is opened: scripts of users wrote it. */
export function GET(request: Request, { params }: { params: Promise<{ jobId: string }> }): Promise<Response> {
  return guarded(request, async (checked, requestId) => {
    const services = webContainer();
    const caller = newContext(await principalOfRequest(services, checked.headers), requestId);
    const path = new URL(checked.url).searchParams.get('path') ?? '';
    const { contentType, bytes } = await services.jobResults.show(caller, { ...(await params), path });
    return new Response(new Uint8Array(bytes), {
      headers: {
        'content-type': contentType,
        'content-length': String(bytes.length),
        'content-security-policy': REPORT_POLICY,
        'cache-control': 'private, no-store',
      },
    });
  });
}
