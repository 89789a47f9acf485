import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Container } from '#src/server/container.ts';
import type { Database } from '#src/server/db/client.ts';
import type { LiveHub } from '#src/server/events/live-hub.ts';
import { TOKEN_SCOPE_NAMES } from '#src/shared/permissions/token-scopes.ts';
import { appRouter } from '../root.ts';
import { type AccessInstallation, accessInstallation } from '../testing/access-installation.ts';
import { inExperiment } from '../testing/access-rules.ts';
import type { AccessWorld } from '../testing/access-world.ts';
import { type RestCaller, restCallers } from '../testing/rest-callers.ts';
import { type RestCase, restRequest } from '../testing/rest-case.ts';
import { REST_CASES } from '../testing/rest-cases.ts';
import { undone } from '../testing/undone.ts';
import { answerRequest } from './answer-request.ts';
import type { Operation } from './operation.ts';
import { OPERATIONS } from './operations.ts';

let installation: AccessInstallation;
let container: Container;
let hub: LiveHub;
let w: AccessWorld;
let undoable: Database;
let callers: RestCaller[];

beforeAll(async () => {
  installation = await accessInstallation('rest-matrix');
  ({ container, hub, w, undoable } = installation);
  callers = await restCallers(container.db, w);
});
afterAll(() => installation?.close());

interface Answer {
  status: number;
  body: unknown;
}

function ask(
  operation: Operation,
  input: ReturnType<RestCase['input']>,
  caller: RestCaller,
): Promise<Answer> {
  return undone(undoable, container, hub, async (services) => {
    const answer = await answerRequest(services, restRequest(operation, input, caller.headers(operation)));
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
  });
}

/** The code of an error, and what is wrong with the token; else what the case says of the answer. */
function outcomeOf({ status, body }: Answer, row: RestCase): string {
  if (status < 400) return row.outcome?.(body, w) ?? 'done';
  const { code, details } = body as { code: string; details?: { token?: string } };
  return details?.token === undefined ? code : `${code} ${details.token}`;
}

/** All of an answer but the id of its request. */
const saidBy = ({ status, body }: Answer) => ({ status, ...(body as object), requestId: '' });

const CASES = OPERATIONS.flatMap((operation) =>
  (REST_CASES[operation.id] ?? []).map((row) => [operation.id, row.what, operation, row] as const),
);

describe('access matrix of the API', () => {
  it('has cases for every operation, and for no other', () => {
    expect(Object.keys(REST_CASES).sort()).toEqual(OPERATIONS.map(({ id }) => id).sort());
  });

  it('has operations of procedures there are, each at an address of its own, and of every scope', () => {
    const procedures = Object.keys(
      (appRouter as unknown as { _def: { procedures: object } })._def.procedures,
    );
    expect(
      OPERATIONS.flatMap(({ procedure }) => procedure ?? []).filter((name) => !procedures.includes(name)),
    ).toEqual([]);
    const addresses = OPERATIONS.map(
      ({ method, path }) => `${method} ${path.replaceAll(/\{\w+\*?\}/g, '{}')}`,
    );
    expect(new Set(addresses).size).toBe(OPERATIONS.length);
    expect(new Set(OPERATIONS.map(({ scope }) => scope))).toEqual(new Set(TOKEN_SCOPE_NAMES));
  });

  it.each(CASES)('%s: %s', async (_, what, operation, row) => {
    const expected: Record<string, string> = {};
    const found: Record<string, string> = {};
    for (const caller of callers) {
      expected[caller.name] = caller.expected(row.rule);
      const input = row.input(w, caller.me);
      const answer = await ask(operation, input, caller);
      found[caller.name] = outcomeOf(answer, row);
      if (expected[caller.name] !== 'NOT_FOUND') continue;
      // Of what is hidden is said what is said of what is not there.
      const ghost = w.ghost(input, new Set());
      // What lies in the experiment may be hidden alone, from those who see the experiment.
      const seesIt = caller.expected(inExperiment('experiment.view')) === 'done';
      const code = input.params?.experiment;
      const absent = seesIt && code ? { ...ghost, params: { ...ghost.params, experiment: code } } : ghost;
      expect(saidBy(answer), `${operation.id}: ${what}, ${caller.name}`).toEqual(
        saidBy(await ask(operation, absent, caller)),
      );
    }
    expect(found, `${operation.id}: ${what}`).toEqual(expected);
  });

  it('is whole', () => {
    const cells = CASES.length * callers.length;
    process.stdout.write(
      `access matrix of the API: ${OPERATIONS.length} operations, ${CASES.length} cases × ${callers.length} callers = ${cells} cells\n`,
    );
    expect(cells).toBeGreaterThan(900);
  });
});
