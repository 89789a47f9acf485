import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noteOpenStreams } from '#src/server/api/end-streams.ts';
import type { ControlDocument, ControlResponse } from '#src/shared/contracts/agent-control.ts';
import { type IngestWorld, ingestWorld } from '#src/testing/ingest-world.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { enterWebEnvironment, leaveWebEnvironment } from '#src/testing/web-environment.ts';

let database: TestDatabase;
let storage: TestStore;
let w: IngestWorld;

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
  w = await ingestWorld(database.db, storage.store);
  enterWebEnvironment(database, storage);
});
afterAll(async () => {
  await leaveWebEnvironment();
  await database?.drop();
  await storage?.close();
});

async function ask(known: string | null, waitMs: number, signal?: AbortSignal): Promise<ControlResponse> {
  const { POST } = await import('./v1/control/route.ts');
  const request = new Request('http://web/api/agent/v1/control', {
    method: 'POST',
    headers: { authorization: `Bearer ${w.token}` },
    body: JSON.stringify({ known, waitMs }),
    signal: signal ?? null,
  });
  const answer = await POST(request, { params: Promise.resolve({}) });
  expect(answer.status).toBe(200);
  return (await answer.json()) as ControlResponse;
}

const revision = async () => (JSON.parse((await ask(null, 0)).signed!.document) as ControlDocument).revision;

/** Longer than a test may take: the answer must come for another reason. */
const LONG_MS = 20_000;

// In this order: a process that stops does not begin again.
describe('a question for the control document', () => {
  it('is answered without one when the agent hangs up', async () => {
    const gone = new AbortController();
    const waiting = ask(await revision(), LONG_MS, gone.signal);
    await ask(null, 0);
    gone.abort();
    expect((await waiting).signed).toBeNull();
  });

  it('is answered without one when the web app is told to stop', async () => {
    const stop = noteOpenStreams();
    const waiting = ask(await revision(), LONG_MS);
    await ask(null, 0);
    stop();
    expect((await waiting).signed).toBeNull();
  });
});
