import { guarded } from '#src/server/api/guarded-route.ts';
import { startAtProvider } from '#src/server/auth/oidc/provider-sign-in.ts';
import { webContainer } from '#src/server/web-container.ts';

export const dynamic = 'force-dynamic';

type Context = { params: Promise<{ provider: string }> };

/** Begins a sign-in through a provider of OpenID Connect: `?to=` is the path to come back to. */
export const GET = (request: Request, { params }: Context) =>
  guarded(request, async (checked) => startAtProvider(webContainer(), checked, (await params).provider));
