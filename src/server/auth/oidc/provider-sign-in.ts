import { callerAddress } from '#src/server/api/caller-address.ts';
import { FailureLimit } from '#src/server/api/failure-limit.ts';
import { type OidcSettings, oidcProviders } from '#src/server/config/oidc-variables.ts';
import type { Container } from '#src/server/container.ts';
import { newContext } from '#src/server/domain/new-context.ts';
import type { Arrival } from '#src/server/domain/people/identity.types.ts';
import type { SignedIn } from '#src/server/domain/people/people.types.ts';
import { SESSION_MS } from '#src/server/domain/people/sign-in.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import { limitedPlace } from '#src/shared/model/limited-place.ts';
import type { OidcRefusal } from '#src/shared/model/oidc-refusal.ts';
import { safeReturnPath } from '#src/shared/model/return-path.ts';
import { acceptWhatWaits } from '../accept-what-waits.ts';
import { principalOfRequest } from '../current-principal.ts';
import { sessionCookie } from '../session-cookie.ts';
import { begunSignIn, flowCookie, noFlowCookie, proofCookie, proofToken } from './flow-cookie.ts';
import { createOidcClient, type OidcClient } from './oidc-client.ts';
import { OidcFault } from './oidc-fault.ts';

const clients = new WeakMap<Container['config'], Map<string, OidcClient>>();

/** NOT_FOUND for a provider that is not set. */
function clientOf({ config }: Container, slot: string): OidcClient {
  let ofConfig = clients.get(config);
  if (!ofConfig) {
    const make = (settings: OidcSettings) =>
      [settings.slot, createOidcClient(settings, config.webUrl)] as const;
    ofConfig = new Map<string, OidcClient>(oidcProviders(config).map(make));
    clients.set(config, ofConfig);
  }
  const client = ofConfig.get(slot);
  if (!client) throw new AppError('NOT_FOUND', 'This installation has no such provider to sign in through.');
  return client;
}

/** Answers that were not made for this sign-in: nobody who means well sends many. */
const COUNTED: ReadonlySet<OidcRefusal> = new Set(['not-begun', 'used', 'unsound']);
const failureLimit = new FailureLimit({ failures: 30, windowMs: 15 * 60 * 1000 });

/** To another page, with what the browser is to remember or forget. */
function goTo(url: string, cookies: readonly string[] = []): Response {
  const headers = new Headers({ location: url });
  for (const cookie of cookies) headers.append('set-cookie', cookie);
  return new Response(null, { status: 303, headers });
}

/** Another site may lead somebody to our pages, but not begin or end their sessions for them. */
const isLedHere = (headers: Headers) =>
  ['cross-site', 'same-site'].includes(headers.get('sec-fetch-site') ?? 'none');

/** The page that says why somebody is not signed in through the provider. */
async function refusedAt(
  container: Container,
  request: Request,
  told: { slot: string; reason: OidcRefusal; to: string },
): Promise<string> {
  const { kind } = await principalOfRequest(container, request.headers);
  const query = new URLSearchParams({ refused: told.reason, through: told.slot });
  if (kind === 'person') return `${container.config.webUrl}/account?${query}`;
  if (told.to !== '/') query.set('to', told.to);
  return `${container.config.webUrl}/sign-in?${query}`;
}

/** Sends the browser to the provider. `?to=` is the path to come back to. */
export async function startAtProvider(
  container: Container,
  request: Request,
  slot: string,
): Promise<Response> {
  const { config, log } = container;
  const client = clientOf(container, slot);
  if (isLedHere(request.headers)) return goTo(`${config.webUrl}/sign-in`);
  const to = safeReturnPath(new URL(request.url).searchParams.get('to'));
  try {
    const { checks, url } = await client.begin();
    return goTo(url.href, [await flowCookie({ ...checks, slot, to }, config)]);
  } catch (error) {
    if (!(error instanceof OidcFault)) throw error;
    log.warn({ provider: slot, err: error }, 'provider cannot be asked');
    return goTo(await refusedAt(container, request, { slot, reason: error.reason, to }));
  }
}

function reasonOf(error: unknown): OidcRefusal | null {
  if (error instanceof OidcFault) return error.reason;
  if (!(error instanceof AppError)) return null;
  if (error.code === 'TOO_MANY_REQUESTS') return 'too-many';
  if (error.code === 'NOT_ALLOWED') return 'disabled';
  return error.code === 'CONFLICT' ? 'linked-elsewhere' : null;
}

/** The session cookie of somebody who has come in, with what waited for their first time. */
async function comeIn(container: Container, signedIn: SignedIn, requestId: string): Promise<string> {
  const { config, log } = container;
  log.info({ requestId, personId: signedIn.personId }, 'signed in');
  await acceptWhatWaits(container, signedIn, requestId);
  return sessionCookie(signedIn.sessionId, SESSION_MS / 1000, config);
}

/** The provider sends the browser back. */
export async function returnFromProvider(
  container: Container,
  request: Request,
  slot: string,
  requestId: string,
): Promise<Response> {
  const { config, people, log } = container;
  const client = clientOf(container, slot);
  const ctx = newContext(await principalOfRequest(container, request.headers), requestId);
  const ip = callerAddress(request.headers, config.trustedProxies);
  const place = limitedPlace(ip);
  const userAgent = request.headers.get('user-agent');
  const begun = await begunSignIn(request.headers, slot, config);
  const { search, searchParams } = new URL(request.url);
  let arrival: Arrival;
  try {
    failureLimit.assertMayTry(place, ctx.now().getTime());
    if (begun === null || begun.state !== searchParams.get('state')) throw new OidcFault('not-begun');
    const proven = await client.finish(search, begun);
    arrival = await people.arrive(ctx, { proven, ip, userAgent });
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === null) throw error;
    log.info({ requestId, provider: slot, reason, err: error }, 'sign-in through a provider refused');
    if (error instanceof OidcFault) {
      if (COUNTED.has(reason)) failureLimit.failed(place, ctx.now().getTime());
      await people.recordRefusal(ctx, { provider: slot, outcome: reason, ip });
    }
    const page = await refusedAt(container, request, { slot, reason, to: begun?.to ?? '/' });
    return goTo(page, [noFlowCookie(config)]);
  }
  const cookies = [noFlowCookie(config)];
  if (arrival.kind === 'session') cookies.push(await comeIn(container, arrival.signedIn, requestId));
  if (arrival.kind !== 'unknown') return goTo(config.webUrl + begun.to, cookies);
  const waitS = Math.floor((arrival.expiresAt.getTime() - ctx.now().getTime()) / 1000);
  cookies.push(proofCookie(arrival.token, waitS, config));
  const query = begun.to === '/' ? '' : `?${new URLSearchParams({ to: begun.to })}`;
  return goTo(`${config.webUrl}/link-account${query}`, cookies);
}

/** Makes the account of somebody whom a provider has proved, and signs them in. */
export async function joinThroughProvider(
  container: Container,
  request: Request,
  input: { name: string },
  requestId: string,
): Promise<Response> {
  const { config, people } = container;
  const signedIn = await people.joinByIdentity(newContext({ kind: 'anonymous' }, requestId), {
    ...input,
    token: proofToken(request.headers.get('cookie'), config),
    ip: callerAddress(request.headers, config.trustedProxies),
    userAgent: request.headers.get('user-agent'),
  });
  const answer = Response.json({});
  answer.headers.append('set-cookie', proofCookie('', 0, config));
  answer.headers.append('set-cookie', await comeIn(container, signedIn, requestId));
  return answer;
}

/** Behind our own sign-out: ends the session at the provider too where that can be, so that the next person at the desk is asked who they are. */
export async function signOutAtProvider(
  container: Container,
  request: Request,
  slot: string,
): Promise<Response> {
  const client = clientOf(container, slot);
  const url = isLedHere(request.headers) ? null : await client.signOutUrl();
  return goTo(url?.href ?? `${container.config.webUrl}/sign-in`);
}
