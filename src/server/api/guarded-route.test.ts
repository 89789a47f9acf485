import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { webContainer } from '#src/server/web-container.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import { guarded } from './guarded-route.ts';

beforeAll(() => {
  vi.stubEnv('DATABASE_URL', 'postgres://nobody@127.0.0.1:1/none');
  vi.stubEnv('BEAMDECK_STORE_DIR', '/nowhere/store');
  vi.stubEnv('BEAMDECK_RUNS_DIR', '/nowhere/runs');
  vi.stubEnv('BEAMDECK_SECRET', 's'.repeat(40));
  vi.stubEnv('BEAMDECK_LOG_LEVEL', 'fatal');
});
afterAll(async () => {
  await webContainer().close();
  vi.unstubAllEnvs();
});

const request = (init: RequestInit = {}) =>
  new Request('http://127.0.0.1:3000/api/x', {
    ...init,
    headers: { 'x-request-id': 'proxy-12345678', ...init.headers },
  });

it('passes on what a handler answers, redirects with their cookies too', async () => {
  const redirect = Response.redirect('http://127.0.0.1:3000/sign-in?error=x', 302);
  const answer = await guarded(request({ method: 'POST', body: '{}' }), async () => redirect);
  expect(answer.status).toBe(302);
  expect(answer.headers.get('location')).toBe('http://127.0.0.1:3000/sign-in?error=x');
  expect(answer.headers.get('x-request-id')).toBe('proxy-12345678');
  const cookies = new Headers([
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
    ['cache-control', 'no-transform'],
  ]);
  const signedIn = await guarded(
    request(),
    async () => new Response('ok', { status: 201, headers: cookies }),
  );
  expect([signedIn.status, await signedIn.text()]).toEqual([201, 'ok']);
  expect(signedIn.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect(signedIn.headers.get('cache-control')).toBe('no-transform');
});

it('answers what a handler throws, and other sites before any handler', async () => {
  const refused = await guarded(request(), async () => {
    throw new AppError('TOO_MANY_REQUESTS', { retryAfterS: 7 });
  });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '7']);
  const handle = vi.fn(async () => new Response());
  const foreign = request({ method: 'POST', body: '{}', headers: { origin: 'https://evil.example' } });
  expect((await guarded(foreign, handle)).status).toBe(403);
  expect(handle).not.toHaveBeenCalled();
});
