import { decode, encode } from 'next-auth/jwt';
import { safeReturnPath } from '#src/shared/model/return-path.ts';
import { cookiePrefix, cookieValue, sessionKey, setCookie } from '../session-cookie.ts';
import type { OidcChecks } from './oidc-client.ts';

/** A sign-in that has begun: sealed in a cookie, so that it ends in the browser in which it began. */
export interface BegunSignIn extends OidcChecks {
  /** The provider it began with: an answer of another one does not end it. */
  slot: string;
  /** Path to go to afterwards. */
  to: string;
}

interface Settings {
  webUrl: string;
  secret: string;
}

/** Long enough for a second factor. */
const FLOW_S = 15 * 60;
const flowName = ({ webUrl }: Settings) => `${cookiePrefix(webUrl)}provider`;

export async function flowCookie(begun: BegunSignIn, settings: Settings): Promise<string> {
  const name = flowName(settings);
  const secret = sessionKey(settings.secret);
  // The name of the cookie is the salt: no other token of ours can be put in its place.
  const token = await encode({ token: { ...begun }, secret, salt: name, maxAge: FLOW_S });
  return setCookie(name, token, settings.webUrl, FLOW_S);
}

export const noFlowCookie = (settings: Settings): string =>
  setCookie(flowName(settings), '', settings.webUrl, 0);

/** The sign-in that this browser began with the provider, or null. */
export async function begunSignIn(
  headers: Headers,
  slot: string,
  settings: Settings,
): Promise<BegunSignIn | null> {
  const name = flowName(settings);
  const token = cookieValue(headers.get('cookie'), name);
  if (!token) return null;
  try {
    const claims = await decode<BegunSignIn>({ token, secret: sessionKey(settings.secret), salt: name });
    if (claims?.slot !== slot) return null;
    const { state, nonce, verifier } = claims;
    return { slot, state, nonce, verifier, to: safeReturnPath(claims.to) };
  } catch {
    // Made with an older secret, out of time, or not by us.
    return null;
  }
}

/** The token of what a provider has proved of somebody without an account; see `people.arrive`. */
const proofName = ({ webUrl }: Pick<Settings, 'webUrl'>) => `${cookiePrefix(webUrl)}identity`;

export const proofCookie = (token: string, maxAgeS: number, settings: Settings): string =>
  setCookie(proofName(settings), token, settings.webUrl, maxAgeS);

export const proofToken = (cookieHeader: string | null, settings: Pick<Settings, 'webUrl'>): string =>
  cookieValue(cookieHeader, proofName(settings)) ?? '';
