import { afterAll, beforeAll, expect, it } from 'vitest';
import { inFacility } from '#src/server/api/testing/access-rules.ts';
import type { AccessWorld } from '#src/server/api/testing/access-world.ts';
import { type WebDoors, webDoors } from '#src/server/api/testing/web-doors.ts';
import { GET } from './route.ts';

let doors: WebDoors;
let w: AccessWorld;

beforeAll(async () => {
  doors = await webDoors();
  ({ w } = doors);
});
afterAll(() => doors?.close());

const ask = (headers: Headers, query = `facilityId=${w.facility.id}`) =>
  GET(new Request(`http://web/api/audit?${query}`, { headers }));

it('is given to admins of the facility, and to nobody else', async () => {
  const { found, expected } = await doors.statuses(inFacility('facility.audit'), (headers) => ask(headers));
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
