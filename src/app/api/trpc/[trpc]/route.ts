import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { callerAddress } from '#src/server/api/caller-address.ts';
import { guarded } from '#src/server/api/guarded-route.ts';
import { appRouter } from '#src/server/api/root.ts';
import { principalOfRequest } from '#src/server/auth/current-principal.ts';
import { newContext } from '#src/server/domain/new-context.ts';
import { webContainer } from '#src/server/web-container.ts';

export const dynamic = 'force-dynamic';

const handle = (request: Request) =>
  guarded(request, (checked, requestId) =>
    fetchRequestHandler({
      endpoint: '/api/trpc',
      req: checked,
      router: appRouter,
      // A wall display sends the key of its link in a body, where no log of addresses holds it.
      allowMethodOverride: true,
      createContext: async () => {
        const services = webContainer();
        const principal = await principalOfRequest(services, checked.headers);
        const ip = callerAddress(checked.headers, services.config.trustedProxies);
        return { services, caller: newContext(principal, requestId), ip };
      },
    }),
  );

export { handle as GET, handle as POST };
