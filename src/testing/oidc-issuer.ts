import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

export interface IssuerAccount {
  email?: string;
  email_verified?: boolean;
  name?: string;
}

/** A real provider of OpenID Connect on loopback, in which somebody is always at the keyboard. */
export interface OidcIssuer {
  issuer: string;
  clientId: string;
  clientSecret: string;
  accounts: Map<string, IssuerAccount>;
  /** Who answers when it asks; null: they press cancel. */
  atKeyboard: string | null;
  close(): Promise<void>;
}

/** @param redirectUris where it may send browsers back to */
export async function oidcIssuer(
  redirectUris: readonly string[],
  postLogoutUris: readonly string[] = [],
  port = 0,
): Promise<OidcIssuer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = { clientId: 'beamdeck', clientSecret: 'a secret of the tests: with + and %' };
  const accounts: OidcIssuer['accounts'] = new Map();
  const provider: Provider = new Provider(issuer, {
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        redirect_uris: [...redirectUris],
        post_logout_redirect_uris: [...postLogoutUris],
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    pkce: { required: () => true },
    cookies: { keys: ['a key of the tests'] },
    ttl: {
      Interaction: 600,
      Grant: 600,
      Session: 600,
      AccessToken: 600,
      IdToken: 600,
      AuthorizationCode: 60,
    },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    findAccount: (_ctx, accountId) => ({
      accountId,
      claims: () => ({ sub: accountId, ...accounts.get(accountId) }),
    }),
    // Whoever is at the keyboard agrees to everything.
    async loadExistingGrant({ oidc }) {
      const grant = new provider.Grant({
        clientId: oidc.client!.clientId,
        accountId: oidc.session!.accountId!,
      });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  });
  const made: OidcIssuer = {
    issuer,
    ...client,
    accounts,
    atKeyboard: null,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const callback = provider.callback();
  server.on('request', (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return void callback(request, response);
    const { atKeyboard } = made;
    const result =
      atKeyboard === null
        ? { error: 'access_denied', error_description: 'the person pressed cancel' }
        : { login: { accountId: atKeyboard } };
    void provider.interactionFinished(request, response, result);
  });
  return made;
}
