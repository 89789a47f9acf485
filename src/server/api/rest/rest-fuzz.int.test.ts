import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Container } from '#src/server/container.ts';
import type { Database } from '#src/server/db/client.ts';
import { agent, dataset, experiment, person, sample } from '#src/server/db/schema/index.ts';
import type { LiveHub } from '#src/server/events/live-hub.ts';
import { ERROR_CODES, type ErrorCode } from '#src/shared/errors/app-error.ts';
import { giveToken } from '#src/testing/give-token.ts';
import { type AccessInstallation, accessInstallation } from '../testing/access-installation.ts';
import type { AccessWorld } from '../testing/access-world.ts';
import { RestFuzz } from '../testing/rest-fuzz.ts';
import { undone } from '../testing/undone.ts';
import { answerRequest } from './answer-request.ts';
import { openApiDocument } from './openapi-document.ts';

const SEED = 20_261_122;
/** For each operation, by callers in turn. */
const REQUESTS = 100;

/** Words that nobody may read who has nothing to do with what they are written in. */
const CANARY = { running: 'canarywordofrunning', elsewhere: 'canarywordofelsewhere' } as const;

let installation: AccessInstallation;
let container: Container;
let hub: LiveHub;
let w: AccessWorld;
let undoable: Database;
let callers: { name: string; headers: Headers; forbidden: string[] }[];

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
    { name: 'owner', headers: owner.token.headers, forbidden: [CANARY.elsewhere] },
    { name: 'staff', headers: staff.token.headers, forbidden: [CANARY.elsewhere] },
    { name: 'stranger', headers: stranger.token.headers, forbidden: [CANARY.elsewhere, CANARY.running] },
    { name: 'instrument', headers: ofInstrument.headers, forbidden: [CANARY.elsewhere] },
    { name: 'newcomer', headers: w.newcomerToken.headers, forbidden: [CANARY.running] },
  ];
});
afterAll(() => installation?.close());

const { paths } = openApiDocument() as { paths: Record<string, Record<string, Record<string, unknown>>> };
const DOCUMENTED = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(
    ([method, operation]) => [String(operation.operationId), path, method, operation] as const,
  ),
);

describe(`${DOCUMENTED.length} operations of the document × ${REQUESTS} requests, seed ${SEED}`, () => {
  it.each(DOCUMENTED)('%s: never a 5xx, never a leak, always a code', async (id, path, method, operation) => {
    const place = DOCUMENTED.findIndex(([each]) => each === id);
    const fuzz = new RestFuzz(SEED + place, w);
    const outcomes = new Set<number>();
    for (let n = 0; n < REQUESTS; n++) {
      const caller = callers[n % callers.length]!;
      const asked = fuzz.request(path, method, operation);
      const url = `http://web${asked.path}${asked.query ? `?${asked.query}` : ''}`;
      const headers = new Headers(caller.headers);
      headers.set('accept', 'application/json');
      if (fuzz.chance(0.2)) headers.set('idempotency-key', fuzz.pick(['k', 'a b', 'x'.repeat(300)]));
      const body = asked.method === 'GET' ? undefined : asked.body;
      const what = `request ${n} of ${id} by ${caller.name}: ${asked.method} ${url.slice(0, 300)} ${body?.slice(0, 600) ?? ''}`;
      const { status, text } = await undone(undoable, container, hub, async (services) => {
        const answer = await answerRequest(
          services,
          new Request(url, { method: asked.method, headers, body }),
        );
        return { status: answer.status, text: await answer.text() };
      });
      outcomes.add(status);
      expect(status, `${what}\n${text}`).toBeLessThan(500);
      for (const word of caller.forbidden) expect(text, what).not.toContain(word);
      if (status < 400) continue;
      const refusal = JSON.parse(text) as { code: ErrorCode; message: string; requestId: string };
      expect(ERROR_CODES[refusal.code]?.status, what).toBe(status);
      expect(refusal, what).toMatchObject({ message: expect.any(String), requestId: expect.any(String) });
      expect(text, what).not.toMatch(/node_modules|\.ts:\d|select "|insert into/);
    }
    // Nonsense alone would prove little: some requests get as far as the rules.
    const isReached = [...outcomes].some((status) => status < 300 || status === 409);
    expect(isReached, `${id} ended with ${[...outcomes].join()} alone`).toBe(true);
  });
});
