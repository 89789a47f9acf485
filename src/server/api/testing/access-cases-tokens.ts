import type { AccessCases } from './access-case.ts';
import { allOf, atInstrument, endsWith, inExperiment, signedIn } from './access-rules.ts';

const soon = () => new Date(Date.now() + 24 * 3600 * 1000);
const token = () => ({ name: 'data home', scopes: ['files:read' as const], expiresAt: soon() });

/** Tokens are everybody's own; one for an experiment only for whoever sees it. */
export const TOKEN_CASES: AccessCases['tokens'] = {
  list: [
    {
      what: 'one’s own',
      rule: signedIn,
      input: () => undefined,
      outcome: (tokens, _, me) =>
        tokens.map(({ tokenId }) => tokenId).join() === me.token.tokenId ? 'done' : 'of others too',
    },
  ],
  create: [
    { what: 'for everything', rule: signedIn, input: () => ({ ...token(), experimentId: null }) },
    {
      what: 'for the experiment',
      rule: allOf(signedIn, inExperiment('experiment.view')),
      input: (w) => ({ ...token(), experimentId: w.running.id }),
    },
    {
      what: 'for the instrument',
      rule: atInstrument('instrument.agents'),
      input: (w) => ({ ...token(), experimentId: null, instrumentId: w.instrument.id }),
    },
  ],
  ofInstrument: [
    {
      what: 'of the instrument',
      rule: atInstrument('instrument.agents'),
      input: (w) => ({ instrumentId: w.instrument.id }),
    },
  ],
  revoke: [
    { what: 'one’s own', rule: signedIn, input: (_, me) => ({ tokenId: me.token.tokenId }) },
    {
      what: 'somebody else’s',
      rule: endsWith(signedIn, 'NOT_FOUND'),
      input: (w) => ({ tokenId: w.newcomerToken.tokenId }),
    },
    {
      what: 'one of the instrument',
      rule: (held) =>
        atInstrument('instrument.agents')(held) === 'NOT_ALLOWED'
          ? 'NOT_FOUND'
          : atInstrument('instrument.agents')(held),
      input: (w) => ({ tokenId: w.instrumentToken.tokenId }),
    },
  ],
};
