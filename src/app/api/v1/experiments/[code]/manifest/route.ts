import { z } from 'zod';
import { restRoute } from '#src/server/api/rest-route.ts';
import { webContainer } from '#src/server/web-container.ts';
import { MANIFEST_PAGE, MANIFEST_PAGE_MOST } from '#src/shared/contracts/rest-api.ts';

export const dynamic = 'force-dynamic';

const query = z.object({
  cursor: z.string().max(2000).nullable(),
  limit: z.coerce.number().int().min(1).max(MANIFEST_PAGE_MOST),
});

/** The experiment's files with size and SHA-256, page by page, and what comes after. */
export const GET = restRoute<{ code: string }>((ctx, { code }, { searchParams }) => {
  const asked = query.parse({
    cursor: searchParams.get('cursor'),
    limit: searchParams.get('limit') ?? MANIFEST_PAGE,
  });
  return webContainer().copies.manifestPage(ctx, { code, ...asked });
});
