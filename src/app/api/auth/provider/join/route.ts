import { z } from 'zod';
import { guarded } from '#src/server/api/guarded-route.ts';
import { joinThroughProvider } from '#src/server/auth/oidc/provider-sign-in.ts';
import { webContainer } from '#src/server/web-container.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import { personName } from '#src/shared/model/experiment-fields.ts';

export const dynamic = 'force-dynamic';

const asked = z.object({ name: personName });

/** Makes the account of somebody who comes from a provider and signs them in: `{"name": …}`. Who they are is in a cookie. */
export const POST = (request: Request) =>
  guarded(request, async (checked, requestId) => {
    const input = asked.safeParse(await checked.json().catch(() => null));
    if (!input.success) {
      const message = input.error.issues[0]?.message ?? 'Write your name.';
      throw new AppError('BAD_INPUT', { message, details: { fields: { name: message } } });
    }
    return joinThroughProvider(webContainer(), checked, input.data, requestId);
  });
