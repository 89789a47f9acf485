import { guarded } from '#src/server/api/guarded-route.ts';
import { returnFromProvider } from '#src/server/auth/oidc/provider-sign-in.ts';
import { webContainer } from '#src/server/web-container.ts';

export const dynamic = 'force-dynamic';

type Context = { params: Promise<{ provider: string }> };

/** Where the provider sends the browser back: the address that is registered there. */
export const GET = (request: Request, { params }: Context) =>
  guarded(request, async (checked, requestId) =>
    returnFromProvider(webContainer(), checked, (await params).provider, requestId),
  );
