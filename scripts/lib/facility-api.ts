import { createTRPCClient, httpLink, TRPCClientError } from '@trpc/client';
import superjson from 'superjson';
import type { AppRouter } from '#src/server/api/root.ts';

/** The product's own interface over HTTP, signed in with an account of a running installation, without a browser. */
export type FacilityApi = Awaited<ReturnType<typeof signedInApi>>;

export interface FacilityAccount {
  /** Origin of the web app. */
  web: string;
  email: string;
  password: string;
}

/** `name=value` pairs of an answer's Set-Cookie headers. */
const cookiesOf = (answer: Response): string[] =>
  answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]!);

/** Signs in as the sign-in page does (token against forged requests first); throws when the cookie of a session is not given. */
export async function sessionCookies({ web, email, password }: FacilityAccount): Promise<string> {
  const asked = await fetch(`${web}/api/auth/csrf`);
  const { csrfToken } = (await asked.json()) as { csrfToken: string };
  const before = cookiesOf(asked);
  const answer = await fetch(`${web}/api/auth/callback/credentials`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: before.join('; '), 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ csrfToken, email, password }),
  });
  const given = cookiesOf(answer);
  if (!given.some((cookie) => cookie.startsWith('beamdeck.session=')))
    throw new Error(`${email} could not sign in: ${answer.status}`);
  return [...before, ...given].join('; ');
}

export const signedInApi = async (account: FacilityAccount) =>
  apiOfSession(account.web, await sessionCookies(account));

/** The same with the cookie of a session that is there. */
export const apiOfSession = (web: string, cookie: string) =>
  createTRPCClient<AppRouter>({
    links: [httpLink({ url: `${web}/api/trpc`, transformer: superjson, headers: { cookie } })],
  });

/** No answer, or one that says "later": what a client meets while the web app or the database starts again. */
function isAway(error: unknown): boolean {
  if (!(error instanceof TRPCClientError)) return false;
  const status = (error.data as { httpStatus?: number } | undefined)?.httpStatus;
  return status === undefined || status >= 500;
}

/**
 * Asks until `answer` gives something other than null. Outages of the server in between are part of these trials; every
 * other error ends it. `last` is told when the time is over.
 */
export async function eventually<T>(
  what: string,
  timeoutMs: number,
  answer: (note: (last: unknown) => void) => Promise<T | null>,
): Promise<T> {
  const until = Date.now() + timeoutMs;
  let last: unknown = 'nothing';
  while (Date.now() < until) {
    try {
      const found = await answer((seen) => {
        last = seen;
      });
      if (found !== null) return found;
    } catch (error) {
      if (!isAway(error)) throw error;
      last = `away: ${error instanceof Error ? error.message : String(error)}`;
    }
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
  throw new Error(`${what}: not within ${timeoutMs / 1000} s; last seen ${JSON.stringify(last)}`);
}
