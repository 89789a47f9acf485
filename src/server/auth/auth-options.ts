import { CredentialsSignin, type NextAuthConfig } from 'next-auth';
import Credentials from 'next-auth/providers/credentials';
import { callerAddress } from '#src/server/api/caller-address.ts';
import { requestIdOf } from '#src/server/api/request-facts.ts';
import type { Container } from '#src/server/container.ts';
import { newContext } from '#src/server/domain/new-context.ts';
import { SESSION_MS } from '#src/server/domain/people/sign-in.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import { safeReturnPath } from '#src/shared/model/return-path.ts';
import { acceptWhatWaits } from './accept-what-waits.ts';
import { cookieFlags, cookiePrefix, sessionCookieName, sessionKey } from './session-cookie.ts';

/** Reaches the browser as `code`: `wrong_credentials`, or `too_many:WAIT_S`; the form turns it into a sentence. */
class SignInRefused extends CredentialsSignin {
  constructor(error: AppError) {
    super(error.message);
    this.code =
      error.code === 'TOO_MANY_REQUESTS' ? `too_many:${error.retryAfterS ?? 60}` : 'wrong_credentials';
  }
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

/**
 * Settings of next-auth, the only place that knows it (with `next-auth.ts`): an encrypted token in a cookie, which names a
 * row of ours; the row decides on every request whether the token still counts.
 */
export function authOptions(container: Container): NextAuthConfig {
  const { config, people, log } = container;
  const name = sessionCookieName(config.webUrl);
  const flags = cookieFlags(config.webUrl);
  const prefix = cookiePrefix(config.webUrl);
  return {
    secret: sessionKey(config.secret),
    basePath: '/api/auth',
    // The host of a request is never used to build an address: `redirect` below answers with our own origin only.
    trustHost: true,
    session: { strategy: 'jwt', maxAge: SESSION_MS / 1000 },
    jwt: { maxAge: SESSION_MS / 1000 },
    cookies: {
      sessionToken: { name, options: flags },
      csrfToken: { name: `${prefix}csrf`, options: flags },
      callbackUrl: { name: `${prefix}return`, options: flags },
    },
    pages: { signIn: '/sign-in', error: '/sign-in' },
    providers: [
      Credentials({
        credentials: { email: { type: 'email' }, password: { type: 'password' } },
        async authorize(credentials, request) {
          const ctx = newContext({ kind: 'anonymous' }, requestIdOf(request.headers));
          try {
            const signedIn = await people.signIn(ctx, {
              email: textOf(credentials.email),
              password: textOf(credentials.password),
              ip: callerAddress(request.headers, config.trustedProxies),
              userAgent: request.headers.get('user-agent'),
            });
            log.info({ requestId: ctx.requestId, personId: signedIn.personId }, 'signed in');
            await acceptWhatWaits(container, signedIn, ctx.requestId);
            return {
              id: signedIn.personId,
              sid: signedIn.sessionId,
              name: signedIn.name,
              email: signedIn.email,
            };
          } catch (error) {
            if (!(error instanceof AppError)) throw error;
            log.info({ requestId: ctx.requestId, code: error.code }, 'sign-in refused');
            throw new SignInRefused(error);
          }
        },
      }),
    ],
    callbacks: {
      async jwt({ token, user }) {
        if (user) return { sid: (user as { sid?: string }).sid };
        const principal =
          typeof token.sid === 'string' ? await people.principalOfSession(token.sid, new Date()) : null;
        return principal ? token : null;
      },
      async session({ session, token }) {
        const principal =
          typeof token.sid === 'string' ? await people.principalOfSession(token.sid, new Date()) : null;
        return {
          expires: session.expires,
          ...(principal
            ? { user: { id: principal.personId, name: principal.name, email: principal.email } }
            : {}),
        };
      },
      redirect: ({ url }) =>
        config.webUrl + safeReturnPath(url.startsWith(config.webUrl) ? url.slice(config.webUrl.length) : url),
    },
    events: {
      async signOut(message) {
        const sid = 'token' in message ? message.token?.sid : undefined;
        if (typeof sid !== 'string') return;
        const principal = await people.principalOfSession(sid, new Date());
        if (principal) await people.revokeSession(newContext(principal), { sessionId: sid });
      },
    },
    logger: {
      // A wrong password is no fault of the server; it is logged by `authorize` above.
      error: (error) => {
        if (!(error instanceof CredentialsSignin)) log.error({ err: error }, 'next-auth');
      },
      warn: (code) => log.warn({ code }, 'next-auth'),
      debug: () => undefined,
    },
  };
}
