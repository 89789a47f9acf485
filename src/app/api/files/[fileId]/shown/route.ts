import { guarded } from '#src/server/api/guarded-route.ts';
import { PDF_POLICY, REPORT_POLICY } from '#src/server/api/report-policy.ts';
import { principalOfRequest } from '#src/server/auth/current-principal.ts';
import { newContext } from '#src/server/domain/new-context.ts';
import { webContainer } from '#src/server/web-container.ts';

export const dynamic = 'force-dynamic';

/** A report among the files of an experiment, confined however it is opened: scripts of users wrote it. */
export function GET(
  request: Request,
  { params }: { params: Promise<{ fileId: string }> },
): Promise<Response> {
  return guarded(request, async (checked, requestId) => {
    const services = webContainer();
    const caller = newContext(await principalOfRequest(services, checked.headers), requestId);
    const { contentType, bytes } = await services.files.showReport(caller, await params);
    return new Response(new Uint8Array(bytes), {
      headers: {
        'content-type': contentType,
        'content-length': String(bytes.length),
        'content-security-policy': contentType === 'application/pdf' ? PDF_POLICY : REPORT_POLICY,
        'x-content-type-options': 'nosniff',
        'cache-control': 'private, no-store',
      },
    });
  });
}
