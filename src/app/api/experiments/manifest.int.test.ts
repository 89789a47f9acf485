import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { heldBy, PERSONA_NAMES } from '#src/server/api/testing/access-personas.ts';
import { inExperiment } from '#src/server/api/testing/access-rules.ts';
import { type AccessWorld, accessWorld } from '#src/server/api/testing/access-world.ts';
import { webContainer } from '#src/server/web-container.ts';
import { ERROR_CODES, type ErrorCode } from '#src/shared/errors/app-error.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { leaveWebEnvironment, useWebEnvironment } from '#src/testing/web-environment.ts';
import { GET } from './[code]/manifest/route.ts';

let database: TestDatabase;
let storage: TestStore;
let w: AccessWorld;

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
  useWebEnvironment(database, storage);
  w = await accessWorld(webContainer());
});
afterAll(async () => {
  await leaveWebEnvironment();
  await database?.drop();
  await storage?.close();
});

const ask = (code: string, headers: Headers, query = '') =>
  GET(new Request(`http://web/api/experiments/${code}/manifest${query}`, { headers }), {
    params: Promise.resolve({ code }),
  });

describe('the manifest', () => {
  it('is given to whoever sees the experiment, and to nobody else', async () => {
    const [found, expected] = [{} as Record<string, number>, {} as Record<string, number>];
    for (const name of PERSONA_NAMES) {
      const outcome = inExperiment('experiment.view')(heldBy(name));
      expected[name] = outcome === 'done' ? 200 : ERROR_CODES[outcome as ErrorCode].status;
      found[name] = (await ask(w.running.code, w.personas[name].headers)).status;
    }
    expect(found).toEqual(expected);
  });

  it('is a text of hashes and paths, of the experiment or of one dataset', async () => {
    const { headers } = w.personas.viewer;
    const answer = await ask(w.running.code, headers);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="${w.running.code}.sha256"`);
    const text = await answer.text();
    expect(text).toMatch(/^([0-9a-f]{64} {2}raw\/lyso\/run_1_\S+\n){2}$/);
    const ofDataset = await ask(w.running.code, headers, `?dataset=${w.running.datasetId}`);
    expect(await ofDataset.text()).toBe(text);
    for (const dataset of [w.elsewhere.datasetId, w.tray.datasetId, 'nonsense']) {
      expect((await ask(w.running.code, headers, `?dataset=${dataset}`)).status).toBe(404);
    }
  });
});
