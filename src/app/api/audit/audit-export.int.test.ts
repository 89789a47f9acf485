import { afterAll, beforeAll, expect, it } from 'vitest';
import { heldBy, PERSONA_NAMES } from '#src/server/api/testing/access-personas.ts';
import { inFacility } from '#src/server/api/testing/access-rules.ts';
import { type AccessWorld, accessWorld } from '#src/server/api/testing/access-world.ts';
import { webContainer } from '#src/server/web-container.ts';
import { ERROR_CODES, type ErrorCode } from '#src/shared/errors/app-error.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { leaveWebEnvironment, useWebEnvironment } from '#src/testing/web-environment.ts';
import { GET } from './route.ts';

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

const ask = (headers: Headers, query = `facilityId=${w.facility.id}`) =>
  GET(new Request(`http://web/api/audit?${query}`, { headers }));

it('is given to admins of the facility, and to nobody else', async () => {
  const [found, expected] = [{} as Record<string, number>, {} as Record<string, number>];
  for (const name of PERSONA_NAMES) {
    const outcome = inFacility('facility.audit')(heldBy(name));
    expected[name] = outcome === 'done' ? 200 : ERROR_CODES[outcome as ErrorCode].status;
    found[name] = (await ask(w.personas[name].headers)).status;
  }
  expect(found).toEqual(expected);
});

it('is CSV of what was searched for, and says what is wrong with a search', async () => {
  const { headers } = w.personas.admin;
  const answer = await ask(headers, `facilityId=${w.facility.id}&action=experiment.create`);
  expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename="audit.csv"');
  const lines = (await answer.text()).trimEnd().split('\r\n').slice(1);
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) expect(line).toContain(',experiment.create,experiment,');
  const wrong = await ask(headers, 'facilityId=nonsense');
  expect(wrong.status).toBe(400);
  expect(await wrong.json()).toMatchObject({ error: { code: 'BAD_INPUT' } });
});
