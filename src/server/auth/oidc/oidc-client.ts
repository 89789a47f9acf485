import * as openid from 'openid-client';
import type { OidcSettings } from '#src/server/config/oidc-variables.ts';
import { cleanEmail } from '#src/server/domain/people/email-address.ts';
import type { ProvenIdentity } from '#src/server/domain/people/identity.types.ts';
import { normalText } from '#src/shared/model/plain-text.ts';
import { faultOf, OidcFault } from './oidc-fault.ts';

/** What the start of a sign-in has to remember until its end. */
export interface OidcChecks {
  state: string;
  nonce: string;
  /** PKCE (RFC 7636): shows at the end that whoever asked at the start comes back. */
  verifier: string;
}

/** A provider may take new keys and addresses; what it published is asked for again after this. */
const KEEP_METADATA_MS = 60 * 60 * 1000;
const TIMEOUT_S = 10;
const CLOCK_TOLERANCE_S = 30;

const text = (value: unknown): string | null =>
  typeof value === 'string' && value.trim() !== '' ? value : null;

/** An address that could be one of ours, or null. */
function emailOf(claim: unknown): string | null {
  try {
    return cleanEmail(text(claim) ?? '');
  } catch {
    return null;
  }
}

/**
 * This installation as a client of one provider: authorization code flow with PKCE, state and nonce (OpenID Connect Core 1.0 §3.1); the library checks
 * issuer, audience, times, nonce and signature of the ID token. Throws `OidcFault`.
 */
export function createOidcClient(settings: OidcSettings, webUrl: string) {
  const redirectUri = `${webUrl}/api/auth/provider/${settings.slot}/callback`;
  let known: { at: number; configuration: Promise<openid.Configuration> } | null = null;

  async function discover(): Promise<openid.Configuration> {
    const { issuer, clientId, clientSecret } = settings;
    const insecure = issuer.startsWith('http:') ? [openid.allowInsecureRequests] : [];
    const found = await openid.discovery(new URL(issuer), clientId, undefined, openid.None(), {
      execute: insecure,
      timeout: TIMEOUT_S,
    });
    const metadata = found.serverMetadata();
    // Without a list the provider takes the secret as a header (Discovery 1.0 §3).
    const takesHeader =
      metadata.token_endpoint_auth_methods_supported?.includes('client_secret_basic') ?? true;
    const authentication =
      clientSecret === ''
        ? openid.None()
        : takesHeader
          ? openid.ClientSecretBasic(clientSecret)
          : openid.ClientSecretPost(clientSecret);
    const configuration = new openid.Configuration(
      metadata,
      clientId,
      { [openid.clockTolerance]: CLOCK_TOLERANCE_S },
      authentication,
    );
    configuration.timeout = TIMEOUT_S;
    for (const allow of insecure) allow(configuration);
    // The signature too, though the token comes from the provider itself over TLS.
    openid.enableNonRepudiationChecks(configuration);
    return configuration;
  }

  async function configuration(): Promise<openid.Configuration> {
    if (known === null || Date.now() - known.at > KEEP_METADATA_MS) {
      known = { at: Date.now(), configuration: discover() };
    }
    const asked = known;
    try {
      return await asked.configuration;
    } catch (error) {
      // A provider that was away is asked anew by the next who comes.
      if (known === asked) known = null;
      const fault = faultOf(error);
      throw fault.reason === 'unsound' ? fault : new OidcFault('unreachable', error);
    }
  }

  /** Claims that the ID token leaves out are asked for where the provider offers it (Core 1.0 §5.3). */
  async function moreClaims(
    config: openid.Configuration,
    tokens: openid.TokenEndpointResponse,
    subject: string,
  ): Promise<Record<string, unknown>> {
    if (config.serverMetadata().userinfo_endpoint === undefined) return {};
    return openid.fetchUserInfo(config, tokens.access_token, subject);
  }

  return {
    settings,

    /** What to remember, and where to send the browser. */
    async begin(): Promise<{ checks: OidcChecks; url: URL }> {
      const config = await configuration();
      const checks = {
        state: openid.randomState(),
        nonce: openid.randomNonce(),
        verifier: openid.randomPKCECodeVerifier(),
      };
      const url = openid.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: settings.scopes,
        state: checks.state,
        nonce: checks.nonce,
        code_challenge: await openid.calculatePKCECodeChallenge(checks.verifier),
        code_challenge_method: 'S256',
      });
      return { checks, url };
    },

    /** Who came back. @param search the query with which the provider sent the browser here */
    async finish(search: string, checks: OidcChecks): Promise<ProvenIdentity> {
      const config = await configuration();
      try {
        const tokens = await openid.authorizationCodeGrant(config, new URL(redirectUri + search), {
          expectedState: checks.state,
          expectedNonce: checks.nonce,
          pkceCodeVerifier: checks.verifier,
          idTokenExpected: true,
        });
        const claims = tokens.claims()!;
        const all: Record<string, unknown> =
          claims.email === undefined
            ? { ...(await moreClaims(config, tokens, claims.sub)), ...claims }
            : claims;
        const email = emailOf(all.email);
        return {
          // As the setting is kept: an origin with or without a slash is the same issuer.
          issuer: new URL(claims.iss).href,
          subject: claims.sub,
          email,
          isEmailVerified: email !== null && all.email_verified === true,
          name: text(all.name) === null ? null : normalText(all.name as string).slice(0, 200),
        };
      } catch (error) {
        throw faultOf(error);
      }
    },

    /** Where the session at the provider is ended (RP-Initiated Logout 1.0); null when it does not offer that, or is away. */
    async signOutUrl(): Promise<URL | null> {
      try {
        const config = await configuration();
        if (config.serverMetadata().end_session_endpoint === undefined) return null;
        return openid.buildEndSessionUrl(config, { post_logout_redirect_uri: `${webUrl}/sign-in` });
      } catch {
        return null;
      }
    },
  };
}

export type OidcClient = ReturnType<typeof createOidcClient>;
