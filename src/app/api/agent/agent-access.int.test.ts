import { randomBytes, randomUUID } from 'node:crypto';
import { glob } from 'node:fs/promises';
import { resolve } from 'node:path';
import { encode } from 'next-auth/jwt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sessionCookieName, sessionKey } from '#src/server/auth/session-cookie.ts';
import { authSession } from '#src/server/db/schema/index.ts';
import {
  completion,
  type IngestWorld,
  ingestWorld,
  LONG_AGO,
  TEST_PART_BYTES,
} from '#src/testing/ingest-world.ts';
import { testContext } from '#src/testing/test-context.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { TEST_SECRET, type TestStore, testStore } from '#src/testing/test-store.ts';
import { leaveWebEnvironment, useWebEnvironment } from '#src/testing/web-environment.ts';

const V1 = resolve(import.meta.dirname, 'v1');

let database: TestDatabase;
let storage: TestStore;
/** The world whose agent asks for its own things. */
let w: IngestWorld;
/** Another instrument with an agent of its own. */
let other: IngestWorld;
let upload: { uploadId: string; datasetId: string; bytes: Uint8Array };

type Handler = (request: Request, context: { params: Promise<never> }) => Promise<Response>;

/** One route of the interface: a valid call about things of the first world's instrument. */
interface AgentRouteCase {
  params?: () => Record<string, string>;
  body?: () => unknown;
  /**
   * Set where the call names nothing and is about the agent's own instrument: an agent of another instrument is served too, with what
   * is its own. Reads from the answer which instrument it was about.
   */
  own?: (answer: Record<string, unknown>) => Promise<string>;
}

const heartbeat = () => {
  const at = new Date().toISOString();
  return {
    sentAt: at,
    startedAt: at,
    version: '1',
    clock: { offsetMs: 0, roundTripMs: 1 },
    buffer: { usedBytes: 0, maxBytes: 1, dir: '/' },
    queue: { files: 0, bytes: 0 },
    rates: { receivedBytesPerS: 0, uploadedBytesPerS: 0, framesPerS: 0 },
    detectors: [],
    lastError: null,
    reports: [],
  };
};

const itsUpload = () => ({ uploadId: upload.uploadId });

/** In the order in which they are called: the end of the series last. */
const ROUTES: Record<string, AgentRouteCase> = {
  'POST heartbeat': {
    body: heartbeat,
    own: async (answer) => (answer.instrument as { id: string }).id,
  },
  'POST series': {
    body: () => w.series(),
    own: async (answer) => (await w.row(answer.datasetId as string)).instrumentId,
  },
  'POST uploads': {
    body: () => ({
      uploads: [
        {
          clientId: randomUUID(),
          datasetId: upload.datasetId,
          kind: 'other',
          path: `metadata/${randomUUID()}.txt`,
          partBytes: TEST_PART_BYTES,
          signParts: [1],
        },
      ],
    }),
  },
  'GET uploads/[uploadId]': { params: itsUpload },
  'POST uploads/[uploadId]/sign': { params: itsUpload, body: () => ({ partNumbers: [1] }) },
  'POST uploads/[uploadId]/complete': { params: itsUpload, body: () => completion(upload.bytes) },
  'POST series/[datasetId]/end': {
    params: () => ({ datasetId: upload.datasetId }),
    body: () => ({
      endedAt: new Date().toISOString(),
      ending: 'end-message',
      framesReceived: 0,
      missing: [],
      lost: [],
    }),
  },
};

/** Everybody who is no agent of the instrument; the right one comes last, so that nobody before can have changed anything. */
const CALLERS: Record<string, () => Promise<Headers>> = {
  'no token': async () => new Headers(),
  'an empty token': async () => new Headers({ authorization: 'Bearer ' }),
  'a token never given': async () =>
    new Headers({ authorization: `Bearer bdk_agent_${randomBytes(32).toString('base64url')}` }),
  'a token with its last letter changed': async () => {
    const last = w.token.endsWith('A') ? 'B' : 'A';
    return new Headers({ authorization: `Bearer ${w.token.slice(0, -1)}${last}` });
  },
  'the token in another scheme': async () => new Headers({ authorization: `Basic ${w.token}` }),
  'the token in the cookie of a session': async () =>
    new Headers({ cookie: `${sessionCookieName('http://127.0.0.1:3000')}=${w.token}` }),
  'the session of staff': async () => {
    const system = testContext();
    const sessionId = system.newId();
    const now = Date.now();
    await database.db.insert(authSession).values({
      id: sessionId,
      personId: w.people.staff,
      createdAt: new Date(now),
      lastSeenAt: new Date(now),
      expiresAt: new Date(now + 3_600_000),
    });
    const salt = sessionCookieName('http://127.0.0.1:3000');
    const token = await encode({ token: { sid: sessionId }, secret: sessionKey(TEST_SECRET), salt });
    return new Headers({ cookie: `${salt}=${token}`, authorization: `Bearer ${token.slice(0, 100)}` });
  },
  'a revoked agent': async () => {
    const staff = w.as('staff');
    const { agentId, token } = await w.agents.createAgent(staff, {
      instrumentId: w.instrument.id,
      kind: 'hub',
      name: `revoked ${randomUUID()}`,
    });
    await w.agents.revoke(staff, { agentId });
    return new Headers({ authorization: `Bearer ${token}` });
  },
  'a token that was renewed': async () => {
    const staff = w.as('staff');
    const { agentId, token } = await w.agents.createAgent(staff, {
      instrumentId: w.instrument.id,
      kind: 'hub',
      name: `renewed ${randomUUID()}`,
    });
    await w.agents.renewToken(staff, { agentId });
    return new Headers({ authorization: `Bearer ${token}` });
  },
};

const bearer = (token: string) => new Headers({ authorization: `Bearer ${token}` });

async function call(name: string, headers: Headers): Promise<Response> {
  const [method, address] = name.split(' ') as ['GET' | 'POST', string];
  const route = ROUTES[name]!;
  const handlers = (await import(`${V1}/${address}/route.ts`)) as Record<string, Handler>;
  const body = route.body ? JSON.stringify(route.body()) : undefined;
  const request = new Request(`http://web/api/agent/v1/${address}`, { method, headers, body });
  return handlers[method]!(request, { params: Promise.resolve(route.params?.() ?? {}) as Promise<never> });
}

const codeOf = async (answer: Response): Promise<string> =>
  answer.status === 200 ? 'done' : ((await answer.json()) as { code: string }).code;

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
  w = await ingestWorld(database.db, storage.store);
  other = await ingestWorld(database.db, storage.store);
  await w.activate(LONG_AGO);
  await other.activate(LONG_AGO);
  const opened = await w.ingest.openSeries(w.agentContext, w.series());
  const bytes = new Uint8Array(randomBytes(1000));
  const { uploadId } = await w.send(opened, { name: 'data_000001.h5', bytes });
  upload = { uploadId, datasetId: opened.datasetId, bytes };
  useWebEnvironment(database, storage);
});
afterAll(async () => {
  await leaveWebEnvironment();
  await database?.drop();
  await storage?.close();
});

const names = Object.keys(ROUTES);
const cells = names.length * (Object.keys(CALLERS).length + 2);

describe(`agent interface: ${names.length} routes × ${Object.keys(CALLERS).length + 2} callers, ${cells} cells`, () => {
  it('has a case for every route there is, and for no other', async () => {
    const found: string[] = [];
    for await (const file of glob('**/route.ts', { cwd: V1 })) {
      const address = file.slice(0, -'/route.ts'.length);
      const handlers = (await import(`${V1}/${file}`)) as Record<string, unknown>;
      const methods = Object.keys(handlers).filter((name) => /^[A-Z]+$/.test(name));
      found.push(...methods.map((method) => `${method} ${address}`));
    }
    expect(found.sort()).toEqual([...names].sort());
  });

  it.each(names)('%s', async (name) => {
    const found: Record<string, string> = {};
    const expected: Record<string, string> = {};
    for (const [caller, headers] of Object.entries(CALLERS)) {
      expected[caller] = 'NOT_SIGNED_IN';
      found[caller] = await codeOf(await call(name, await headers()));
    }
    expect(found).toEqual(expected);

    const { own } = ROUTES[name]!;
    const ofOther = await call(name, bearer(other.token));
    if (own) {
      expect(ofOther.status).toBe(200);
      expect(await own((await ofOther.json()) as Record<string, unknown>)).toBe(other.instrument.id);
    } else {
      expect(await codeOf(ofOther)).toBe('NOT_FOUND');
    }

    const right = await call(name, bearer(w.token));
    expect(right.status, await right.clone().text()).toBe(200);
    if (own) expect(await own((await right.json()) as Record<string, unknown>)).toBe(w.instrument.id);
  });

  it('an agent of another instrument is told of an upload what it is told of none', async () => {
    const address = 'GET uploads/[uploadId]';
    const hidden = await (await call(address, bearer(other.token))).json();
    const real = upload;
    upload = { ...upload, uploadId: randomUUID() };
    const absent = await (await call(address, bearer(other.token))).json();
    upload = real;
    expect({ ...hidden, requestId: '' }).toEqual({ ...absent, requestId: '' });
  });
});
