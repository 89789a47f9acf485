import { auditSearchSchema } from '#src/server/api/audit-search.ts';
import { guarded } from '#src/server/api/guarded-route.ts';
import { textStream } from '#src/server/api/text-stream.ts';
import { principalOfRequest } from '#src/server/auth/current-principal.ts';
import { newContext } from '#src/server/domain/new-context.ts';
import { webContainer } from '#src/server/web-container.ts';

export const dynamic = 'force-dynamic';

/** The audit trail of a facility as CSV, by the same search as the page's. */
export function GET(request: Request): Promise<Response> {
  return guarded(request, async (checked, requestId) => {
    const services = webContainer();
    const caller = newContext(await principalOfRequest(services, checked.headers), requestId);
    const asked = Object.fromEntries(new URL(checked.url).searchParams);
    const search = auditSearchSchema.parse(asked);
    const pieces = await services.audit.openExport(caller, search);
    return new Response(textStream(pieces), {
      headers: {
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': 'attachment; filename="audit.csv"',
      },
    });
  });
}
