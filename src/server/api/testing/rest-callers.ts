import type { Database } from '#src/server/db/client.ts';
import { TOKEN_SCOPE_NAMES } from '#src/shared/permissions/token-scopes.ts';
import { bearer, type GivenToken, giveToken } from '#src/testing/give-token.ts';
import type { Operation } from '../rest/operation.ts';
import { heldBy, PERSONA_NAMES, PERSONAS } from './access-personas.ts';
import type { AccessRule, Held, Outcome } from './access-rules.ts';
import type { AccessWorld, Persona } from './access-world.ts';

/** Where `peer-address.ts` would have written who is at the other end of a socket. */
const PEER_HEADER = 'x-test-peer';
Object.assign(globalThis, { [Symbol.for('beamdeck.peer-header')]: PEER_HEADER });

/** Somebody, or something, at the door of the API. */
export interface RestCaller {
  name: string;
  /** Whose things the cases are about. */
  me: Persona;
  headers(operation: Operation): Headers;
  /** How a case must end for this caller. */
  expected(rule: AccessRule): Outcome;
}

const token = (held: Held) => (rule: AccessRule) => rule(held);
const always = (outcome: Outcome) => () => outcome;

/** A token that is none of ours, each time from another address: from one, many would have to wait. */
function stray(name: string, me: Persona, given: Headers): RestCaller {
  let requests = 0;
  const headers = () => {
    const from = new Headers(given);
    from.set(PEER_HEADER, `10.0.${requests >> 8}.${requests++ & 255}`);
    return from;
  };
  return { name, me, headers, expected: () => 'NOT_SIGNED_IN unknown' };
}

/** Of what a person holds, what a token of the instrument lets through. */
const asStaffOnly = (held: Held): Held => ({
  signedIn: true,
  inExperiment: held.inExperiment.filter((role) => role === 'staff'),
  inProject: [],
  isNarrow: true,
  atInstrument: held.atInstrument.filter((role) => role === 'staff'),
});

/**
 * A personal token of every persona; tokens for one experiment, for an instrument, without a scope; and all that is no token that counts. A
 * token lives by its person and not by a session, so that personas whose session has ended still have theirs.
 */
export async function restCallers(db: Database, w: AccessWorld): Promise<RestCaller[]> {
  const past = new Date(Date.now() - 1000);
  const of = (name: keyof typeof PERSONAS) => w.personas[name];
  const plain = (name: string, me: Persona, headers: Headers, outcome: Outcome): RestCaller => ({
    ...{ name, me, headers: () => headers, expected: always(outcome) },
  });
  const given = async (
    name: string,
    me: Persona,
    changes: Parameters<typeof giveToken>[2],
    expected: RestCaller['expected'],
  ): Promise<RestCaller> => {
    const { headers } = await giveToken(db, me.personId, changes);
    return { name, me, headers: () => headers, expected };
  };
  const held = (name: keyof typeof PERSONAS): Held => ({ ...heldBy(name), signedIn: true });

  const personal = PERSONA_NAMES.map((name): RestCaller => {
    const isDisabled = PERSONAS[name].credential === 'session of a disabled person';
    const { headers }: GivenToken = of(name).token;
    const expected = isDisabled ? always('NOT_SIGNED_IN disabled') : token(held(name));
    return { name: `token of ${name}`, me: of(name), headers: () => headers, expected };
  });

  const here = { instrumentId: w.instrument.id };
  const there = { instrumentId: w.elsewhere.instrumentId };
  const nothing: Held = {
    ...{ signedIn: true, isNarrow: true },
    ...{ inExperiment: [], inProject: [], atInstrument: [] },
  };
  const ofInstrument = await Promise.all(
    (['staff', 'owner', 'stranger', 'admin', 'staff of another instrument'] as const).map((name) =>
      given(`instrument token of ${name}`, of(name), here, token(asStaffOnly(held(name)))),
    ),
  );
  const elsewhere = [
    await given('token of another instrument, of staff of both', of('staff'), there, token(nothing)),
    await given(
      'token of another experiment',
      of('owner'),
      { experimentId: w.elsewhere.experimentId },
      token(nothing),
    ),
  ];

  const lacking = await Promise.all(
    TOKEN_SCOPE_NAMES.map(async (scope) => {
      const scopes = TOKEN_SCOPE_NAMES.filter((name) => name !== scope);
      return [scope, (await giveToken(db, of('owner').personId, { scopes })).headers] as const;
    }),
  );
  const withoutScope: RestCaller = {
    name: 'token without the scope',
    me: of('owner'),
    headers: ({ scope }) => new Map(lacking).get(scope)!,
    expected: always('NOT_ALLOWED'),
  };

  const owner = of('owner');
  return [
    ...personal,
    ...ofInstrument,
    ...elsewhere,
    withoutScope,
    await given('revoked token', owner, { revokedAt: past }, always('NOT_SIGNED_IN revoked')),
    await given('expired token', owner, { expiresAt: past }, always('NOT_SIGNED_IN expired')),
    await given(
      'revoked instrument token',
      of('staff'),
      { ...here, revokedAt: past },
      always('NOT_SIGNED_IN revoked'),
    ),
    plain('nobody', owner, new Headers(), 'NOT_SIGNED_IN'),
    plain('session cookie', owner, owner.headers, 'NOT_SIGNED_IN'),
    stray('token of an agent', owner, of('agent').headers),
    stray('token never given', owner, bearer(`bd_${'A'.repeat(43)}`)),
  ];
}
