import { encode } from 'next-auth/jwt';
import { expect, it } from 'vitest';
import { cookieFlags, cookieValue, sessionCookieName, sessionIdOf, sessionKey } from './session-cookie.ts';

const SETTINGS = { webUrl: 'https://b.example.org', secret: 's'.repeat(40) };
const NAME = '__Host-beamdeck.session';
const SID = '01a1f958-8fa8-799d-b79e-889496e1c970';

const token = (claims: Record<string, unknown>, secret = SETTINGS.secret, maxAge = 60) =>
  encode({ token: claims, secret: sessionKey(secret), salt: NAME, maxAge });

it('binds the cookie to the host and HTTPS where there is HTTPS', () => {
  expect(sessionCookieName(SETTINGS.webUrl)).toBe(NAME);
  expect(cookieFlags(SETTINGS.webUrl)).toEqual({ httpOnly: true, sameSite: 'lax', path: '/', secure: true });
  expect(sessionCookieName('http://127.0.0.1:3000')).toBe('beamdeck.session');
  expect(cookieFlags('http://127.0.0.1:3000').secure).toBe(false);
});

it('reads one cookie of many', () => {
  expect(cookieValue('a=1; b=x=y; c=3', 'b')).toBe('x=y');
  expect(cookieValue('xb=1', 'b')).toBeNull();
  expect(cookieValue(null, 'b')).toBeNull();
});

it('takes our own tokens and no others', async () => {
  const read = async (value: string) => sessionIdOf(`${NAME}=${value}`, SETTINGS);
  expect(await read(await token({ sid: SID }))).toBe(SID);
  expect(await read(await token({ sid: SID }, 'another secret of forty characters length'))).toBeNull();
  expect(await read(await token({ sid: SID }, SETTINGS.secret, -3600))).toBeNull();
  expect(await read(await token({ sid: "x' or 1=1" }))).toBeNull();
  expect(await read(await token({ name: 'no sid' }))).toBeNull();
  expect(await read('garbage')).toBeNull();
  expect(await sessionIdOf(null, SETTINGS)).toBeNull();
});
