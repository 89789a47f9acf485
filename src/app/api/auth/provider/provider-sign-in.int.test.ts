import { and, desc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { principalOfRequest } from '#src/server/auth/current-principal.ts';
import { begunSignIn, flowCookie, proofToken } from '#src/server/auth/oidc/flow-cookie.ts';
import { sessionCookie } from '#src/server/auth/session-cookie.ts';
import { audit, identity, person } from '#src/server/db/schema/index.ts';
import { webContainer } from '#src/server/web-container.ts';
import { codeOf, type ExperimentWorld, experimentWorld } from '#src/testing/experiment-world.ts';
import { mailsTo, proveAddress } from '#src/testing/mails.ts';
import { type OidcIssuer, oidcIssuer } from '#src/testing/oidc-issuer.ts';
import { ProviderBrowser } from '#src/testing/provider-browser.ts';
import { testContext } from '#src/testing/test-context.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { enterWebEnvironment, leaveWebEnvironment } from '#src/testing/web-environment.ts';
import { GET as signOut } from './[provider]/sign-out/route.ts';
import { POST as join } from './join/route.ts';

const WEB = 'http://127.0.0.1:3000';
const PASSWORD = 'a calm control room';
let database: TestDatabase;
let storage: TestStore;
let provider: OidcIssuer;
let w: ExperimentWorld;
let count = 0;

beforeAll(async () => {
  [database, storage, provider] = await Promise.all([
    testDatabase(),
    testStore(),
    oidcIssuer([`${WEB}/api/auth/provider/oidc/callback`], [`${WEB}/sign-in`]),
  ]);
  enterWebEnvironment(database, storage);
  vi.stubEnv('BEAMDECK_OIDC_ISSUER', provider.issuer);
  vi.stubEnv('BEAMDECK_OIDC_CLIENT_ID', provider.clientId);
  vi.stubEnv('BEAMDECK_OIDC_CLIENT_SECRET', provider.clientSecret);
  vi.stubEnv('BEAMDECK_OIDC_NAME', 'Facility ID');
  // Port 9 discards, where anything listens on it at all.
  vi.stubEnv('BEAMDECK_OIDC2_ISSUER', 'http://127.0.0.1:9');
  vi.stubEnv('BEAMDECK_OIDC2_CLIENT_ID', 'beamdeck');
  vi.stubEnv('BEAMDECK_OIDC2_NAME', 'Away');
  w = await experimentWorld(database);
});
afterAll(async () => {
  await leaveWebEnvironment();
  await database?.drop();
  await storage?.close();
  await provider?.close();
});

const anonymous = () => testContext({ kind: 'anonymous' });
/** Somebody new at the provider, who sits down at a new browser. */
function newcomer(claims: { verified?: boolean; email?: string } = {}) {
  count += 1;
  const email = claims.email ?? `new${count}@institute.example`;
  provider.atKeyboard = `subject-${count}`;
  provider.accounts.set(provider.atKeyboard, {
    ...{ email, email_verified: claims.verified ?? true, name: `New ${count}` },
  });
  return { email, subject: provider.atKeyboard, browser: new ProviderBrowser() };
}
const atDoor = (browser: ProviderBrowser, ctx = anonymous()) =>
  webContainer().people.identityAtDoor(ctx, { token: tokenOf(browser) });
const tokenOf = (browser: ProviderBrowser) => proofToken(browser.own.header, webContainer().config);
const whoIs = async (browser: ProviderBrowser) => principalOfRequest(webContainer(), browser.headers);
const isSignedIn = async (browser: ProviderBrowser) => (await whoIs(browser)).kind === 'person';
async function joins(browser: ProviderBrowser, name = 'Nina Newcomer') {
  const { headers } = browser;
  const answer = await join(
    new Request(`${WEB}/api/auth/provider/join`, {
      ...{ method: 'POST', headers, body: JSON.stringify({ name }) },
    }),
  );
  browser.own.take(answer);
  return answer;
}
async function withPassword() {
  count += 1;
  const email = `old${count}@institute.example`;
  const { people } = webContainer();
  const { personId } = await people.createPerson(testContext(), { email });
  await people.setInitialPassword(testContext(), { personId, password: PASSWORD });
  return { email, personId };
}
/** A browser in which somebody has signed in by password. */
async function signedInBrowser(email: string, browser = new ProviderBrowser()) {
  const { people, config } = webContainer();
  const { sessionId } = await people.signIn(anonymous(), {
    ...{ email, password: PASSWORD, ip: '10.0.0.1', userAgent: null },
  });
  browser.own.take(
    new Response(null, { headers: { 'set-cookie': await sessionCookie(sessionId, 600, config) } }),
  );
  return browser;
}
const callerOf = async (browser: ProviderBrowser) => testContext(await whoIs(browser));
const lastAudit = async (action: string) =>
  (
    await database.db.select().from(audit).where(eq(audit.action, action)).orderBy(desc(audit.id)).limit(1)
  )[0];

describe('somebody without an account', () => {
  it('who is invited makes one with the provider’s address, is in at once, and comes straight in the next time', async () => {
    const { id: experimentId, code } = await w.make('A title of theirs');
    const { email, browser } = newcomer();
    await w.invitations.invite(w.as('pi'), { experimentId, to: email, role: 'member' });
    expect(await browser.signIn(`/experiments/${code}`)).toBe(
      `/link-account?to=${encodeURIComponent(`/experiments/${code}`)}`,
    );
    expect(await isSignedIn(browser)).toBe(false);
    expect(await atDoor(browser)).toMatchObject({ state: 'join', email, codes: [code] });
    expect((await joins(browser)).status).toBe(200);
    const who = await whoIs(browser);
    expect(who).toMatchObject({ kind: 'person', email, name: 'Nina Newcomer' });
    const { items: members } = await w.members.list(w.as('pi'), { experimentId });
    expect(members.find((member) => member.email === email)).toMatchObject({ role: 'member' });
    const { personId } = who as { personId: string };
    const [row] = await database.db.select().from(person).where(eq(person.id, personId));
    expect(row).toMatchObject({ passwordHash: null, emailVerifiedAt: expect.any(Date) });
    expect(await lastAudit('session.opened')).toMatchObject({
      ...{ principalKind: 'person', principalId: personId },
      detail: { provider: 'oidc' },
    });
    // The same proof makes no second account.
    expect((await joins(browser)).status).toBe(403);

    const elsewhere = new ProviderBrowser();
    expect(await elsewhere.signIn('/jobs')).toBe('/jobs');
    expect(await whoIs(elsewhere)).toMatchObject({ personId });
  });

  it('who is not invited gets none', async () => {
    const { email, browser } = newcomer();
    await browser.signIn();
    expect(await atDoor(browser)).toMatchObject({ state: 'uninvited', email });
    expect((await joins(browser)).status).toBe(403);
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('gets none for an address that the provider does not vouch for, invited or not', async () => {
    const { id: experimentId } = await w.make('Another');
    const { email, browser } = newcomer({ verified: false });
    await w.invitations.invite(w.as('pi'), { experimentId, to: email, role: 'member' });
    await browser.signIn();
    expect(await atDoor(browser)).toMatchObject({ state: 'unverified' });
    expect((await joins(browser)).status).toBe(403);
  });
});

describe('somebody whose address has an account', () => {
  it('is not let into it, whatever the provider says of the address, and is told of it only when it is theirs', async () => {
    await proveAddress(w.db, w.people.admin);
    const email = w.email('admin');
    for (const [verified, state] of [
      [false, 'unverified'],
      [true, 'account'],
    ] as const) {
      const { browser } = newcomer({ email, verified });
      expect(await browser.signIn()).toBe('/link-account');
      expect(await atDoor(browser)).toMatchObject({ state });
      expect((await joins(browser)).status).toBe(403);
      expect(await isSignedIn(browser)).toBe(false);
    }
    const linked = await database.db.select().from(identity).where(eq(identity.personId, w.people.admin));
    expect(linked).toEqual([]);
  });

  it('signs in to it, consents, and comes in through the provider from then on; the mail tells', async () => {
    const { email, personId } = await withPassword();
    const { browser } = newcomer({ email });
    await browser.signIn('/jobs');
    await signedInBrowser(email, browser);
    const caller = await callerOf(browser);
    expect(await atDoor(browser, caller)).toMatchObject({ state: 'link', you: { email }, asks: 'none' });
    const { people } = webContainer();
    const token = tokenOf(browser);
    const both = await Promise.allSettled(
      [1, 2].map(() => people.linkIdentity(caller, { token, ip: '10.0.0.1' })),
    );
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await new ProviderBrowser().signIn('/jobs')).toBe('/jobs');
    expect((await mailsTo(database.db, personId)).map(({ subject }) => subject)).toContain(
      'You can sign in to Beamdeck through Facility ID now',
    );
    expect(await lastAudit('identity.linked')).toMatchObject({ principalId: personId });
  });

  it('long after signing in, has to say the password again', async () => {
    const { email } = await withPassword();
    const { browser } = newcomer();
    await signedInBrowser(email, browser);
    await browser.signIn();
    const caller = await callerOf(browser);
    caller.at(new Date(Date.now() + 16 * 60_000).toISOString());
    expect(await atDoor(browser, caller)).toMatchObject({ state: 'link', asks: 'password' });
    const { people } = webContainer();
    const link = (password?: string) =>
      people.linkIdentity(caller, { token: tokenOf(browser), password, ip: '10.0.0.2' });
    expect(await codeOf(link())).toBe('BAD_INPUT');
    expect(await codeOf(link('not the password'))).toBe('BAD_INPUT');
    expect(await codeOf(link(PASSWORD))).toBe('done');
  });
});

describe('what was linked', () => {
  async function linked() {
    const { email, personId } = await withPassword();
    const { browser, subject } = newcomer();
    await signedInBrowser(email, browser);
    await browser.signIn();
    const caller = await callerOf(browser);
    await webContainer().people.linkIdentity(caller, { token: tokenOf(browser), ip: '10.0.0.1' });
    const through = new ProviderBrowser();
    await through.signIn();
    const [row] = await database.db
      .select()
      .from(identity)
      .where(and(eq(identity.issuer, new URL(provider.issuer).href), eq(identity.subject, subject)));
    return { email, personId, caller, through, identityId: row!.id };
  }

  it('is taken away with the sessions that came through it, by its person alone, and not when it is the last way in', async () => {
    const { personId, caller, through, identityId } = await linked();
    const { people } = webContainer();
    expect(await isSignedIn(through)).toBe(true);
    expect(await codeOf(people.unlinkIdentity(w.as('pi'), { identityId }))).toBe('NOT_FOUND');
    const [row] = await database.db.select().from(person).where(eq(person.id, personId));
    const setHash = (hash: string | null) =>
      database.db.update(person).set({ passwordHash: hash }).where(eq(person.id, personId));
    await setHash(null);
    expect(await codeOf(people.unlinkIdentity(caller, { identityId }))).toBe('CONFLICT');
    await setHash(row!.passwordHash);
    await people.unlinkIdentity(caller, { identityId });
    expect(await isSignedIn(through)).toBe(false);
    expect(await new ProviderBrowser().signIn()).toBe('/link-account');
  });

  it('is signed out of at the provider too', async () => {
    const { through } = await linked();
    const { people } = webContainer();
    expect(await people.profile(await callerOf(through))).toMatchObject({ signedInThrough: 'oidc' });
    const leave = (slot: string, site: string) =>
      signOut(new Request(`${WEB}/x`, { headers: { 'sec-fetch-site': site } }), {
        params: Promise.resolve({ provider: slot }),
      });
    const away = new URL((await leave('oidc', 'same-origin')).headers.get('location')!);
    expect(away.origin).toBe(provider.issuer);
    expect(away.searchParams.get('post_logout_redirect_uri')).toBe(`${WEB}/sign-in`);
    expect((await fetch(away)).status).toBe(200);
    for (const [slot, site] of [
      ['oidc', 'cross-site'],
      ['oidc2', 'same-origin'],
    ] as const) {
      expect((await leave(slot, site)).headers.get('location')).toBe(`${WEB}/sign-in`);
    }
  });

  it('opens nothing for a disabled account', async () => {
    const { personId } = await linked();
    await database.db.update(person).set({ disabledAt: new Date() }).where(eq(person.id, personId));
    const browser = new ProviderBrowser();
    expect(await browser.signIn()).toBe('/sign-in?refused=disabled&through=oidc');
    expect(await isSignedIn(browser)).toBe(false);
    expect(await lastAudit('session.refused')).toMatchObject({ entityId: personId });
  });

  it('is nobody else’s: who is signed in as another is told so and stays who they are', async () => {
    await linked();
    const { email } = await withPassword();
    const browser = await signedInBrowser(email);
    expect(await browser.signIn()).toBe('/account?refused=linked-elsewhere&through=oidc');
    expect(await whoIs(browser)).toMatchObject({ email });
  });
});

describe('what does not sign in', () => {
  const refused = (reason: string) => `/sign-in?refused=${reason}&through=oidc`;
  let email: string;

  beforeEach(async () => {
    ({ email } = await withPassword());
    const { browser } = newcomer();
    await signedInBrowser(email, browser);
    await browser.signIn();
    const caller = await callerOf(browser);
    await webContainer().people.linkIdentity(caller, { token: tokenOf(browser), ip: '10.0.0.1' });
  });

  it('is an answer brought to another browser, or to one that began another sign-in', async () => {
    const victim = new ProviderBrowser();
    const attacker = new ProviderBrowser();
    const callback = await attacker.atProvider(await attacker.press());
    expect(await victim.back(callback)).toBe(refused('not-begun'));
    await victim.press();
    expect(await victim.back(callback)).toBe(refused('not-begun'));
    expect(await isSignedIn(victim)).toBe(false);
    expect(await lastAudit('session.refused')).toMatchObject({
      detail: { provider: 'oidc', outcome: 'not-begun' },
    });
  });

  it('is a code that was used before, or one that is made up', async () => {
    const browser = new ProviderBrowser();
    const callback = await browser.atProvider(await browser.press());
    const before = browser.own.copy();
    expect(await browser.back(callback)).toBe('/');
    const again = new ProviderBrowser(before);
    expect(await again.back(callback)).toBe(refused('used'));
    expect(await isSignedIn(again)).toBe(false);
    const third = new ProviderBrowser();
    const own = new URL(await third.atProvider(await third.press()));
    own.searchParams.set('code', 'made-up');
    expect(await third.back(own.href)).toBe(refused('used'));
  });

  it('is an ID token with another nonce, and a code without its verifier', async () => {
    const { config } = webContainer();
    for (const [changed, reason] of [
      [{ nonce: 'another nonce' }, 'unsound'],
      [{ verifier: 'x'.repeat(43) }, 'used'],
    ] as const) {
      const browser = new ProviderBrowser();
      const callback = await browser.atProvider(await browser.press());
      const begun = (await begunSignIn(browser.headers, 'oidc', config))!;
      const cookie = await flowCookie({ ...begun, ...changed }, config);
      browser.own.take(new Response(null, { headers: { 'set-cookie': cookie } }));
      expect(await browser.back(callback)).toBe(refused(reason));
      expect(await isSignedIn(browser)).toBe(false);
    }
  });

  it('is a person who presses cancel, or an answer of another provider', async () => {
    provider.atKeyboard = null;
    const browser = new ProviderBrowser();
    expect(await browser.signIn('/jobs')).toBe(`${refused('cancelled')}&to=%2Fjobs`);
    newcomer();
    const other = new URL(await browser.atProvider(await browser.press()));
    other.searchParams.set('iss', 'https://another.example.org');
    expect(await browser.back(other.href)).toBe(refused('unsound'));
  });

  it('is begun by no other site, and not at all while the provider is away', async () => {
    const { GET } = await import('./[provider]/route.ts');
    const ask = (slot: string, site: string) =>
      GET(new Request(`${WEB}/api/auth/provider/${slot}`, { headers: { 'sec-fetch-site': site } }), {
        params: Promise.resolve({ provider: slot }),
      });
    expect((await ask('oidc', 'cross-site')).headers.get('location')).toBe(`${WEB}/sign-in`);
    expect((await ask('oidc', 'same-origin')).headers.get('location')).toContain(provider.issuer);
    expect((await ask('oidc2', 'same-origin')).headers.get('location')).toBe(
      `${WEB}/sign-in?refused=unreachable&through=oidc2`,
    );
    expect((await ask('oidc3', 'same-origin')).status).toBe(404);
  });
});
