import { randomBytes, randomUUID } from 'node:crypto';
import { glob } from 'node:fs/promises';
import { resolve } from 'node:path';
import { eq } from 'drizzle-orm';
import { encode } from 'next-auth/jwt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sessionCookieName, sessionKey } from '#src/server/auth/session-cookie.ts';
import { agentLicence, authSession } from '#src/server/db/schema/index.ts';
import { enrol, enrolAgent } from '#src/testing/enrol-agent.ts';
import { heartbeatOf } from '#src/testing/heartbeat.ts';
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
import { tinyPng } from '#src/testing/tiny-png.ts';
import { acquiredAt, watchedFiles } from '#src/testing/watched-files.ts';
import { enterWebEnvironment, leaveWebEnvironment } from '#src/testing/web-environment.ts';

const V1 = resolve(import.meta.dirname, 'v1');

let database: TestDatabase;
let storage: TestStore;
/** The world whose agent asks for its own things. */
let w: IngestWorld;
/** Another instrument with an agent of its own. */
let other: IngestWorld;
/** A stored file that belongs to no dataset yet. */
const loose = { clientId: randomUUID() };
let upload: { uploadId: string; datasetId: string; bytes: Uint8Array };

type Handler = (request: Request, context: { params: Promise<never> }) => Promise<Response>;

/** One route of the interface: a valid call about things of the first world's instrument. */
interface AgentRouteCase {
  params?: () => Record<string, string>;
  /** JSON, unless it is bytes. */
  body?: () => unknown;
  /**
   * Set where the call names nothing and is about the agent's own instrument: an agent of another instrument is served too, with what
   * is its own. Reads from the answer which instrument it was about.
   */
  own?: (answer: Record<string, unknown>) => Promise<string>;
}

const inAMinute = () => new Date(Date.now() + 60_000);

/** A licence nobody has used yet, of a new agent of the world's instrument. */
async function licenceOf(world: IngestWorld) {
  const { text } = await world.agents.create(world.as('staff'), {
    instrumentId: world.instrument.id,
    kind: 'sync',
    name: `new ${randomUUID()}`,
    folders: ['raw'],
    expiresAt: inAMinute(),
  });
  return { licence: JSON.parse(text), host: 'x', version: '1', agentKey: 'k'.repeat(43) };
}

const itsUpload = () => ({ uploadId: upload.uploadId });

/** In the order in which they are called: the end of the series last. */
const ROUTES: Record<string, AgentRouteCase> = {
  'POST heartbeat': {
    body: () => heartbeatOf(),
    own: async (answer) => (answer.instrument as { id: string }).id,
  },
  'POST control': {
    body: () => ({ known: null, waitMs: 0 }),
    own: async (answer) => JSON.parse((answer.signed as { document: string }).document).instrument.id,
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
  'POST uploads/complete': {
    body: () => ({ uploads: [{ ...completion(upload.bytes), uploadId: upload.uploadId }] }),
  },
  'POST file-datasets': {
    body: () => watchedFiles(w).dataset(),
    own: async (answer) => (await w.row(answer.datasetId as string)).instrumentId,
  },
  'POST series/[datasetId]/files': {
    params: () => ({ datasetId: upload.datasetId }),
    body: () => ({ files: [{ clientId: loose.clientId, kind: 'data', frames: null }] }),
  },
  'PUT series/[datasetId]/previews/[frame]': {
    params: () => ({ datasetId: upload.datasetId, frame: '7' }),
    body: tinyPng,
  },
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

/** Routes for agents that have no token yet. */
const OPEN_ROUTES = ['POST enrol'];

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
  'a removed agent': async () => {
    const staff = w.as('staff');
    const { agentId, token } = await enrolAgent(w.agents, staff, {
      instrumentId: w.instrument.id,
      name: `removed ${randomUUID()}`,
    });
    await w.agents.remove(staff, { agentId });
    return new Headers({ authorization: `Bearer ${token}` });
  },
  'a token that was renewed': async () => {
    const staff = w.as('staff');
    const { agentId, token } = await enrolAgent(w.agents, staff, {
      instrumentId: w.instrument.id,
      name: `renewed ${randomUUID()}`,
    });
    const terms = { agentId, folders: ['raw'] as const, expiresAt: inAMinute() };
    await enrol(w.agents, (await w.agents.issueLicence(staff, terms)).text);
    return new Headers({ authorization: `Bearer ${token}` });
  },
};

/** An agent of the instrument whose licence does not count any more. */
const lapsed = async (spoil: (agentId: string) => Promise<unknown>) => {
  const name = `lapsed ${randomUUID()}`;
  const made = await enrolAgent(w.agents, w.as('staff'), { instrumentId: w.instrument.id, name });
  await spoil(made.agentId);
  return bearer(made.token);
};

/** Agents of the instrument that are told another reason. */
const LAPSED: Record<string, () => Promise<Headers>> = {
  LICENCE_REVOKED: () =>
    lapsed((agentId) => w.agents.revokeLicence(w.as('staff'), { agentId, reason: 'stolen' })),
  LICENCE_EXPIRED: () =>
    lapsed((agentId) =>
      w.db
        .update(agentLicence)
        .set({ expiresAt: new Date(Date.now() - 1000) })
        .where(eq(agentLicence.agentId, agentId)),
    ),
};

const bearer = (token: string) => new Headers({ authorization: `Bearer ${token}` });

async function call(name: string, headers: Headers): Promise<Response> {
  const [method, address] = name.split(' ') as ['GET' | 'POST' | 'PUT', string];
  const route = ROUTES[name]!;
  const handlers = (await import(`${V1}/${address}/route.ts`)) as Record<string, Handler>;
  const given = route.body?.();
  const json = given === undefined ? undefined : JSON.stringify(given);
  const body = given instanceof Uint8Array ? Buffer.from(given) : json;
  const request = new Request(`http://web/api/agent/v1/${address}`, { method, headers, body });
  return handlers[method]!(request, { params: Promise.resolve(route.params?.() ?? {}) as Promise<never> });
}

/** Of what is asked for many uploads at once, what is said of the first. */
async function codeOf(answer: Response): Promise<string> {
  const said = (await answer.clone().json()) as {
    code: string;
    uploads?: { refusal?: { code: string } | null }[];
  };
  return answer.status === 200 ? (said.uploads?.[0]?.refusal?.code ?? 'done') : said.code;
}

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
  const now = acquiredAt(new Date().toISOString());
  await watchedFiles(w).sendAndComplete({ ...loose, path: 'loose.cbf', bytes, acquired: now });
  enterWebEnvironment(database, storage);
});
afterAll(async () => {
  await leaveWebEnvironment();
  await database?.drop();
  await storage?.close();
});

const names = Object.keys(ROUTES);
const callers = Object.keys(CALLERS).length + Object.keys(LAPSED).length + 2;
const cells = names.length * callers;

describe(`agent interface: ${names.length} routes × ${callers} callers, ${cells} cells`, () => {
  it('has a case for every route there is, and for no other', async () => {
    const found: string[] = [];
    for await (const file of glob('**/route.ts', { cwd: V1 })) {
      const address = file.slice(0, -'/route.ts'.length);
      const handlers = (await import(`${V1}/${file}`)) as Record<string, unknown>;
      const methods = Object.keys(handlers).filter((name) => /^[A-Z]+$/.test(name));
      found.push(...methods.map((method) => `${method} ${address}`));
    }
    expect(found.sort()).toEqual([...names, ...OPEN_ROUTES].sort());
  });

  it.each(names)('%s', async (name) => {
    const found: Record<string, string> = {};
    const expected: Record<string, string> = {};
    for (const [caller, headers] of Object.entries(CALLERS)) {
      expected[caller] = 'NOT_SIGNED_IN';
      found[caller] = await codeOf(await call(name, await headers()));
    }
    for (const [code, headers] of Object.entries(LAPSED)) {
      expected[code] = code;
      found[code] = await codeOf(await call(name, await headers()));
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

  it('asks for a licence and nothing else where an agent gets its token', async () => {
    const { POST } = (await import('./v1/enrol/route.ts')) as { POST: Handler };
    const ask = async (body: unknown, headers = new Headers()) => {
      const request = new Request('http://web/', { method: 'POST', headers, body: JSON.stringify(body) });
      return POST(request, { params: Promise.resolve({}) as Promise<never> });
    };
    for (const headers of Object.values(CALLERS)) {
      const answer = await ask(await licenceOf(w), await headers());
      expect(answer.status).toBe(200);
      const { token } = (await answer.json()) as { token: string };
      expect((await call('POST heartbeat', bearer(token))).status).toBe(200);
    }
    const genuine = await licenceOf(w);
    const foreign = { ...genuine, licence: { ...genuine.licence, signature: 'A'.repeat(86) } };
    expect(await codeOf(await ask(foreign, bearer(w.token)))).toBe('LICENCE_INVALID');
    expect(await codeOf(await ask({}, bearer(w.token)))).toBe('BAD_INPUT');
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
