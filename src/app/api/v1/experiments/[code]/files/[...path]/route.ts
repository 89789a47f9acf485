import { restRoute } from '#src/server/api/rest-route.ts';
import { webContainer } from '#src/server/web-container.ts';
import { AppError } from '#src/shared/errors/app-error.ts';

export const dynamic = 'force-dynamic';

/** As it stands in the address: what Next makes of a name with "%" in it depends on its version. */
function pathIn({ pathname }: URL): string {
  const [, raw] = /\/files\/(.+)$/.exec(pathname) ?? [];
  try {
    return decodeURIComponent(raw ?? '');
  } catch {
    throw new AppError('BAD_INPUT', 'The path of the file is not percent-encoded UTF-8.');
  }
}

/** Where the bytes of a file are to be had: sends there, or says so to whoever accepts JSON by name. */
export const GET = restRoute<{ code: string; path: string[] }>(async (ctx, { code }, url, request) => {
  const address = await webContainer().copies.fileAddress(ctx, { code, path: pathIn(url) });
  if (request.headers.get('accept')?.includes('application/json')) return address;
  return new Response(null, { status: 302, headers: { location: address.url } });
});
