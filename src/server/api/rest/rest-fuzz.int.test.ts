import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Container } from '#src/server/container.ts';
import type { Database } from '#src/server/db/client.ts';
import { agent, dataset, experiment, person, sample } from '#src/server/db/schema/index.ts';
import type { LiveHub } from '#src/server/events/live-hub.ts';
import { ERROR_CODES, type ErrorCode } from '#src/shared/errors/app-error.ts';
import { giveToken } from '#src/testing/give-token.ts';
import { type AccessInstallation, accessInstallation } from '../testing/access-installation.ts';
import type { AccessWorld, Persona } from '../testing/access-world.ts';
import { brokenInput } from '../testing/broken-input.ts';
import { restRequest } from '../testing/rest-case.ts';
import { REST_CASES } from '../testing/rest-cases.ts';
import { RestFuzz } from '../testing/rest-fuzz.ts';
import { undone } from '../testing/undone.ts';
import { answerRequest } from './answer-request.ts';
import { openApiDocument } from './openapi-document.ts';
import { OPERATIONS } from './operations.ts';

const SEED = 20_261_122;
/** For each operation, by callers in turn. */
const REQUESTS = 100;
/** And so many that are right, or right but for a place or two of their body. */
const NEARLY_RIGHT = 20;

/** Words that nobody may read who has nothing to do with what they are written in. */
const CANARY = { running: 'canarywordofrunning', elsewhere: 'canarywordofelsewhere' } as const;

let installation: AccessInstallation;
let container: Container;
let hub: LiveHub;
let w: AccessWorld;
let undoable: Database;
interface Caller {
  name: string;
  me: Persona;
  headers: Headers;
  forbidden: string[];
}
let callers: Caller[];

async function plantCanaries(db: Database): Promise<void> {
  const { running, next, elsewhere, others } = w;
  const plant = (id: string, word: string) =>
    db
      .update(experiment)
      .set({ title: word, keywords: [word], piName: word })
      .where(eq(experiment.id, id));
  await plant(running.id, CANARY.running);
  await plant(next.id, CANARY.running);
  await plant(elsewhere.experimentId, CANARY.elsewhere);
  const named = { id: crypto.randomUUID(), experimentId: elsewhere.experimentId, createdAt: new Date() };
  await db.insert(sample).values({ ...named, name: CANARY.elsewhere });
  await db
    .update(dataset)
    .set({ base: `raw/${CANARY.elsewhere}` })
    .where(eq(dataset.id, elsewhere.datasetId));
  await db.update(agent).set({ name: CANARY.elsewhere }).where(eq(agent.id, elsewhere.agentId));
  await db.update(person).set({ name: CANARY.running }).where(eq(person.id, others.viewer.id));
}

beforeAll(async () => {
  installation = await accessInstallation('rest-fuzz');
  ({ container, hub, w, undoable } = installation);
  await plantCanaries(container.db);
  const { owner, staff, stranger } = w.personas;
  const ofInstrument = await giveToken(container.db, staff.personId, { instrumentId: w.instrument.id });
  callers = [
    { name: 'owner', me: owner, headers: owner.token.headers, forbidden: [CANARY.elsewhere] },
    { name: 'staff', me: staff, headers: staff.token.headers, forbidden: [CANARY.elsewhere] },
    {
      ...{ name: 'stranger', me: stranger, headers: stranger.token.headers },
      forbidden: [CANARY.elsewhere, CANARY.running],
    },
    { name: 'instrument', me: staff, headers: ofInstrument.headers, forbidden: [CANARY.elsewhere] },
    { name: 'newcomer', me: stranger, headers: w.newcomerToken.headers, forbidden: [CANARY.running] },
  ];
});
afterAll(() => installation?.close());

const { paths } = openApiDocument() as { paths: Record<string, Record<string, Record<string, unknown>>> };
const DOCUMENTED = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(
    ([method, operation]) => [String(operation.operationId), path, method, operation] as const,
  ),
);

/** Sends a request, looks at what is answered whatever it is, undoes what it did, and tells the status. */
async function judged({ forbidden }: Caller, request: Request, what: string): Promise<number> {
  const { status, text } = await undone(undoable, container, hub, async (services) => {
    const answer = await answerRequest(services, request);
    return { status: answer.status, text: await answer.text() };
  });
  expect(status, `${what}\n${text}`).toBeLessThan(500);
  for (const word of forbidden) expect(text, what).not.toContain(word);
  if (status < 400) return status;
  const refusal = JSON.parse(text) as { code: ErrorCode; message: string; requestId: string };
  expect(ERROR_CODES[refusal.code]?.status, what).toBe(status);
  expect(refusal, what).toMatchObject({ message: expect.any(String), requestId: expect.any(String) });
  expect(text, what).not.toMatch(/node_modules|\.ts:\d|select "|insert into/);
  return status;
}

function fuzzedRequest(
  fuzz: RestFuzz,
  documented: (typeof DOCUMENTED)[number],
  { headers }: Caller,
): Request {
  const [, path, method, operation] = documented;
  const asked = fuzz.request(path, method, operation);
  const own = new Headers(headers);
  own.set('accept', 'application/json');
  if (fuzz.chance(0.2)) own.set('idempotency-key', fuzz.pick(['k', 'a b', 'x'.repeat(300)]));
  const body = asked.method === 'GET' ? undefined : asked.body;
  const url = `http://web${asked.path}${asked.query ? `?${asked.query}` : ''}`;
  return new Request(url, { method: asked.method, headers: own, body });
}

/** One of the access matrix, half of them with something wrong in the body. */
function nearlyRight(fuzz: RestFuzz, id: string, { me, headers }: Caller): Request {
  const right = fuzz.pick(REST_CASES[id] ?? []).input(w, me);
  const ids = [w.running.id, w.running.datasetId, w.elsewhere.experimentId, w.elsewhere.datasetId];
  const body =
    right.body === undefined || fuzz.chance(0.5)
      ? right.body
      : brokenInput(right.body, ids, (items) => fuzz.pick(items));
  return restRequest(OPERATIONS.find((each) => each.id === id)!, { ...right, body }, headers);
}

describe(`${DOCUMENTED.length} operations of the document × ${REQUESTS + NEARLY_RIGHT} requests, seed ${SEED}`, () => {
  it.each(DOCUMENTED)('%s: never a 5xx, never a leak, always a code', async (...documented) => {
    const [id] = documented;
    const fuzz = new RestFuzz(SEED + DOCUMENTED.findIndex(([each]) => each === id), w);
    const outcomes = new Set<number>();
    for (let n = 0; n < REQUESTS + NEARLY_RIGHT; n++) {
      const caller = callers[n % callers.length]!;
      const request = n < REQUESTS ? fuzzedRequest(fuzz, documented, caller) : nearlyRight(fuzz, id, caller);
      const body = request.method === 'GET' ? '' : await request.clone().text();
      const what = `request ${n} of ${id} by ${caller.name}: ${request.method} ${request.url.slice(0, 300)} ${body.slice(0, 600)}`;
      outcomes.add(await judged(caller, request, what));
    }
    // Nonsense alone would prove little: some requests get as far as the rules.
    const isReached = [...outcomes].some((status) => status < 300 || status === 409);
    expect(isReached, `${id} ended with ${[...outcomes].join()} alone`).toBe(true);
  });
});
