import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  SeriesOpenResponse,
  UploadCompleteResponse,
  UploadOpenResponse,
} from '#src/shared/contracts/agent-api.ts';
import {
  completion,
  frameTableOf,
  type IngestWorld,
  ingestWorld,
  putTestPart,
  TEST_PART_BYTES,
} from '#src/testing/ingest-world.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { enterWebEnvironment, leaveWebEnvironment } from '#src/testing/web-environment.ts';

let database: TestDatabase;
let storage: TestStore;
let w: IngestWorld;

type Handler = (request: Request, context: { params: Promise<never> }) => Promise<Response>;
const routes = {
  heartbeat: () => import('./v1/heartbeat/route.ts').then((route) => route.POST as Handler),
  series: () => import('./v1/series/route.ts').then((route) => route.POST as Handler),
  end: () => import('./v1/series/[datasetId]/end/route.ts').then((route) => route.POST as Handler),
  uploads: () => import('./v1/uploads/route.ts').then((route) => route.POST as Handler),
  upload: () => import('./v1/uploads/[uploadId]/route.ts').then((route) => route.GET as Handler),
  sign: () => import('./v1/uploads/[uploadId]/sign/route.ts').then((route) => route.POST as Handler),
  complete: () => import('./v1/uploads/[uploadId]/complete/route.ts').then((route) => route.POST as Handler),
};

async function call(
  name: keyof typeof routes,
  options: { body?: unknown; text?: string; token?: string; params?: Record<string, string> } = {},
): Promise<Response> {
  const text = options.text ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  const request = new Request('http://web/api/agent/v1/x', {
    method: name === 'upload' ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${options.token ?? w.token}` },
    body: text,
  });
  const handler = await routes[name]();
  return handler(request, { params: Promise.resolve(options.params ?? {}) as Promise<never> });
}

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
  w = await ingestWorld(database.db, storage.store);
  await w.activate('2026-01-01T00:00:00Z');
  enterWebEnvironment(database, storage);
});
afterAll(async () => {
  await leaveWebEnvironment();
  await database?.drop();
  await storage?.close();
});

describe('the agent interface', () => {
  it('takes a series from its start to its end', async () => {
    const opened = (await (
      await call('series', { body: w.series({ framesExpected: 10 }) })
    ).json()) as SeriesOpenResponse;
    const bytes = new Uint8Array(randomBytes(2000));
    const item = {
      clientId: randomUUID(),
      datasetId: opened.datasetId,
      kind: 'data',
      path: `${opened.base}_data_000001.h5`,
      partBytes: TEST_PART_BYTES,
      signParts: [],
    };
    const { uploads } = (await (
      await call('uploads', { body: { uploads: [item] } })
    ).json()) as UploadOpenResponse;
    const params = { uploadId: uploads[0]!.uploadId };
    const { signed } = (await (await call('sign', { body: { partNumbers: [1] }, params })).json()) as {
      signed: { url: string }[];
    };
    expect((await putTestPart(signed[0]!.url, bytes, 1)).status).toBe(200);
    expect(await (await call('upload', { params })).json()).toMatchObject({
      state: 'open',
      parts: [{ partNumber: 1 }],
    });
    const complete = await call('complete', { body: completion(bytes, [frameTableOf(0, 10)]), params });
    expect(complete.status).toBe(200);
    expect(((await complete.json()) as UploadCompleteResponse).path).toBe(item.path);
    const end = {
      endedAt: new Date().toISOString(),
      ending: 'end-message',
      framesReceived: 10,
      missing: [],
      lost: [],
    };
    const ended = await call('end', { body: end, params: { datasetId: opened.datasetId } });
    expect(await ended.json()).toEqual({ state: 'complete' });
    expect(ended.headers.get('x-request-id')).toBeTruthy();
  });

  it('stores strings that PostgreSQL could not, from a detector that sends anything', async () => {
    const body = w.series({
      sampleName: 'a\u0000b',
      detector: 'eiger\ud800',
      userData: { 'key\u0000': ['x\u0000', { deep: '\udfff' }] },
    });
    const answer = await call('series', { text: JSON.stringify(body) });
    expect(answer.status).toBe(200);
    const row = await w.row(((await answer.json()) as SeriesOpenResponse).datasetId);
    expect(row.detectorName).toBe('eiger\ufffd');
    expect(JSON.stringify(row.userData)).toContain('x\ufffd');
  });

  it.each<[string, Parameters<typeof call>[0], Parameters<typeof call>[1], number, string]>([
    [
      'no token of ours',
      'heartbeat',
      { token: 'bdk_agent_0123456789012345678901234567890' },
      401,
      'NOT_SIGNED_IN',
    ],
    ['no token at all', 'heartbeat', { token: ' ' }, 401, 'NOT_SIGNED_IN'],
    ['no JSON', 'series', { text: '{' }, 400, 'BAD_INPUT'],
    ['another shape', 'series', { body: { seriesKey: 1 } }, 400, 'BAD_INPUT'],
    ['too much', 'series', { text: `"${'x'.repeat(1_000_001)}"` }, 413, 'TOO_LARGE'],
    ['an id that is none', 'upload', { params: { uploadId: '../../x' } }, 404, 'NOT_FOUND'],
    ['an upload that is not there', 'upload', { params: { uploadId: randomUUID() } }, 404, 'NOT_FOUND'],
  ])('refuses %s in the common form', async (_, name, options, status, code) => {
    const answer = await call(name, options);
    const body = await answer.json();
    expect([answer.status, body.code]).toEqual([status, code]);
    expect(body).toMatchObject({ message: expect.any(String), requestId: expect.any(String) });
    expect(JSON.stringify(body)).not.toMatch(/\.ts|node_modules|select /);
  });

  it('reads no body of a stranger', async () => {
    let read = false;
    const body = new ReadableStream(
      {
        pull() {
          read = true;
        },
      },
      { highWaterMark: 0 },
    );
    const request = new Request('http://web/', { method: 'POST', body, duplex: 'half' } as RequestInit);
    const handler = await routes.series();
    expect((await handler(request, { params: Promise.resolve({}) as Promise<never> })).status).toBe(401);
    expect(read).toBe(false);
  });
});
