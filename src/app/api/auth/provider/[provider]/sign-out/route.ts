import { guarded } from '#src/server/api/guarded-route.ts';
import { signOutAtProvider } from '#src/server/auth/oidc/provider-sign-in.ts';
import { webContainer } from '#src/server/web-container.ts';

export const dynamic = 'force-dynamic';

type Context = { params: Promise<{ provider: string }> };

/** After signing out here: signs out at the provider too, where it offers that. */
export const GET = (request: Request, { params }: Context) =>
  guarded(request, async (checked) => signOutAtProvider(webContainer(), checked, (await params).provider));
