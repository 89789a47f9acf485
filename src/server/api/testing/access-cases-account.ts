import type { AccessCases } from './access-case.ts';
import { anybody, endsWith, signedIn } from './access-rules.ts';

/** What people do about their own account. Nobody in the world has a password, and all signed in long ago. */
export const ACCOUNT_CASES: AccessCases['me'] = {
  profile: [
    {
      what: 'one’s own',
      rule: signedIn,
      input: () => undefined,
      outcome: ({ personId }, _, me) => (personId === me.personId ? 'done' : 'of somebody else'),
    },
  ],
  sessions: [
    {
      what: 'one’s own',
      rule: signedIn,
      input: () => undefined,
      outcome: (sessions, _, me) =>
        sessions.map((session) => session.sessionId).join() === me.sessionId ? 'done' : 'of others too',
    },
  ],
  revokeSession: [
    { what: 'one’s own', rule: signedIn, input: (_, me) => ({ sessionId: me.sessionId }) },
    {
      what: 'somebody else’s',
      rule: endsWith(signedIn, 'NOT_FOUND'),
      input: (w) => ({ sessionId: w.newcomerSessionId }),
    },
  ],
  revokeAllSessions: [
    {
      what: 'one’s own',
      rule: signedIn,
      input: () => ({ keepThis: false }),
      outcome: (ended) => (ended === 1 ? 'done' : `ended ${ended}`),
    },
  ],
  address: [{ what: 'one’s own', rule: signedIn, input: () => undefined }],
  askForAddress: [
    {
      what: 'without a password, long after signing in',
      rule: endsWith(signedIn, 'CONFLICT'),
      input: () => ({ email: 'mine.too@access.example.org' }),
    },
  ],
  proveAddress: [
    {
      what: 'without a link',
      rule: endsWith(signedIn, 'LINK_EXPIRED'),
      input: () => ({ token: 'x'.repeat(43) }),
    },
  ],
  signInWays: [{ what: 'one’s own', rule: signedIn, input: () => undefined }],
  linkIdentity: [
    {
      what: 'without a password, long after signing in',
      rule: endsWith(signedIn, 'CONFLICT'),
      input: () => ({ token: 'x'.repeat(43) }),
    },
  ],
  unlinkIdentity: [
    {
      what: 'that is not linked',
      rule: endsWith(signedIn, 'NOT_FOUND'),
      // Any id: that of the caller's waiting job is no identity.
      input: (_, me) => ({ identityId: me.ownJobId }),
    },
  ],
  setUserName: [{ what: 'one’s own', rule: signedIn, input: () => ({ userName: 'somebody.new' }) }],
  askPasswordLink: [
    { what: 'for an account', rule: anybody, input: (w) => ({ email: w.others.newcomer.email }) },
    { what: 'for nobody', rule: anybody, input: () => ({ email: 'nobody@access.example.org' }) },
  ],
  setPassword: [
    {
      what: 'with a link',
      rule: anybody,
      input: (w) => ({ token: w.passwordToken, password: 'a calm control room' }),
    },
    {
      what: 'without one',
      rule: () => 'LINK_EXPIRED',
      input: () => ({ token: 'x'.repeat(43), password: 'a calm control room' }),
    },
  ],
};
