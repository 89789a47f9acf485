import { hkdfSync } from 'node:crypto';
import { decode, encode } from 'next-auth/jwt';
import { isUuid } from '../../shared/model/uuid.ts';

/** What our session token carries beside the registered claims: only which session row it stands for. */
export interface SessionClaims {
  sid: string;
}

const isHttps = (webUrl: string) => webUrl.startsWith('https:');

/** `__Host-` binds a cookie to exactly this host over HTTPS; browsers refuse the prefix on plain HTTP (a try-out on loopback). */
export const cookiePrefix = (webUrl: string): string => (isHttps(webUrl) ? '__Host-beamdeck.' : 'beamdeck.');

export const sessionCookieName = (webUrl: string): string => `${cookiePrefix(webUrl)}session`;

export const cookieFlags = (webUrl: string) =>
  ({ httpOnly: true, sameSite: 'lax', path: '/', secure: isHttps(webUrl) }) as const;

/** The key of session tokens, derived so that no other use of the installation's secret shares it. */
export function sessionKey(secret: string): string {
  return Buffer.from(hkdfSync('sha256', secret, '', 'beamdeck session token v1', 32)).toString('base64url');
}

/** A Set-Cookie header with our flags. `maxAgeS` 0 takes the cookie away. */
export function setCookie(name: string, value: string, webUrl: string, maxAgeS: number): string {
  const { secure } = cookieFlags(webUrl);
  return `${name}=${value}; Path=/; Max-Age=${maxAgeS}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
}

/** The Set-Cookie header of a session, as the sign-in by password makes it. */
export async function sessionCookie(
  sessionId: string,
  maxAgeS: number,
  settings: { webUrl: string; secret: string },
): Promise<string> {
  const name = sessionCookieName(settings.webUrl);
  const claims: SessionClaims = { sid: sessionId };
  const secret = sessionKey(settings.secret);
  const token = await encode<SessionClaims>({ token: claims, secret, salt: name, maxAge: maxAgeS });
  return setCookie(name, token, settings.webUrl, maxAgeS);
}

/** The value of one cookie in a Cookie header, or null. */
export function cookieValue(header: string | null, name: string): string | null {
  for (const pair of header?.split(';') ?? []) {
    const cut = pair.indexOf('=');
    if (cut > 0 && pair.slice(0, cut).trim() === name) return pair.slice(cut + 1).trim();
  }
  return null;
}

/** The session id in a Cookie header, or null when there is none or it is not of our making. Says nothing about revocation. */
export async function sessionIdOf(
  cookieHeader: string | null,
  settings: { webUrl: string; secret: string },
): Promise<string | null> {
  const name = sessionCookieName(settings.webUrl);
  const token = cookieValue(cookieHeader, name);
  if (token === null) return null;
  try {
    const claims = await decode<SessionClaims>({ token, secret: sessionKey(settings.secret), salt: name });
    return claims && typeof claims.sid === 'string' && isUuid(claims.sid) ? claims.sid : null;
  } catch {
    // A token that cannot be decrypted (an older secret, a forgery, another app on the same host) is no session.
    return null;
  }
}
