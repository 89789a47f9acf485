import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client';
import type { OidcRefusal } from '#src/shared/model/oidc-refusal.ts';

/** A sign-in through a provider that came to nothing; the page it ends on says the reason in words. */
export class OidcFault extends Error {
  readonly reason: OidcRefusal;

  constructor(reason: OidcRefusal, cause?: unknown) {
    super(`sign-in through a provider: ${reason}`, { cause });
    this.name = 'OidcFault';
    this.reason = reason;
  }
}

/** Errors of an authorization response by which a person, or their session there, says no (OpenID Connect Core 1.0 §3.1.2.6). */
const SAID_NO: ReadonlySet<string> = new Set([
  'access_denied',
  'login_required',
  'consent_required',
  'interaction_required',
  'account_selection_required',
]);

/** Codes of the library for an answer that is none of OpenID Connect, such as the page of a proxy, or for none at all. */
const AWAY: ReadonlySet<string> = new Set([
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_PARSE_ERROR',
]);

/** What an error of the library amounts to. Anything that is none of its errors, such as a refused connection, is the provider's being away. */
export function faultOf(thrown: unknown): OidcFault {
  if (thrown instanceof OidcFault) return thrown;
  if (thrown instanceof AuthorizationResponseError) {
    return new OidcFault(SAID_NO.has(thrown.error) ? 'cancelled' : 'refused', thrown);
  }
  if (thrown instanceof ResponseBodyError) {
    // The token endpoint: the code was used, has expired, or was given to another (RFC 6749 §5.2).
    if (thrown.status >= 500) return new OidcFault('unreachable', thrown);
    return new OidcFault(thrown.error === 'invalid_grant' ? 'used' : 'refused', thrown);
  }
  if (thrown instanceof ClientError) {
    if (thrown.code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED') return new OidcFault('clock', thrown);
    return new OidcFault(AWAY.has(thrown.code ?? '') ? 'unreachable' : 'unsound', thrown);
  }
  return new OidcFault('unreachable', thrown);
}
