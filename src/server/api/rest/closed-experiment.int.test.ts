import { createHash } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit, experiment, file } from '#src/server/db/schema/index.ts';
import { webContainer } from '#src/server/web-container.ts';
import { asPerson, testContext } from '#src/testing/test-context.ts';
import { createCaller } from '../root.ts';
import type { PersonaName } from '../testing/access-personas.ts';
import type { AccessWorld } from '../testing/access-world.ts';
import { type WebDoors, webDoors } from '../testing/web-doors.ts';
import { answerRequest } from './answer-request.ts';

/** An experiment whose processing window is over: what was measured stays to be had, what would cost is refused with the date. */

let doors: WebDoors;
let database: WebDoors['database'];
let w: AccessWorld;
const until = new Date(Date.now() - 24 * 3600 * 1000);

beforeAll(async () => {
  doors = await webDoors();
  ({ w, database } = doors);
  const { id: experimentId } = w.running;
  await w.experiments.finish(w.as('staff'), { experimentId });
  const isIt = eq(experiment.id, experimentId);
  await database.db.update(experiment).set({ processingUntil: until }).where(isIt);
  await webContainer().experiments.keepDates(testContext());
  const [row] = await database.db.select().from(experiment).where(isIt);
  expect(row!.state).toBe('closed');
});
afterAll(() => doors?.close());

async function ask(path: string, who: PersonaName, method = 'GET', body?: unknown) {
  const headers = new Headers(w.personas[who].token.headers);
  if (path.includes('/files/')) headers.set('accept', 'application/json');
  const request = new Request(`http://web/api/v1${path}`, {
    ...{ method, headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await answerRequest(webContainer(), request);
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
}
const inside = (path = '') => `/experiments/${w.running.code}${path}`;
const api = (who: PersonaName) =>
  createCaller({
    services: webContainer(),
    caller: testContext(asPerson(w.personas[who].personId)),
    ip: '127.0.0.1',
  });

describe('an experiment that is Closed', () => {
  const readers = ['viewer', 'member', 'owner', 'staff'] as const;

  it.each(readers)('is read as before by its %s', async (who) => {
    expect(await ask(inside(), who)).toMatchObject({ status: 200, body: { state: 'closed' } });
    const datasets = await ask(inside('/datasets'), who);
    expect(datasets.body.items).toMatchObject([{ id: w.running.datasetId }]);
    const jobs = await ask(inside('/jobs'), who);
    expect(jobs.body.items.length).toBeGreaterThan(0);
    for (const path of [
      ...[inside('/members'), inside('/samples'), inside('/acquisitions'), inside('/manifest')],
      ...[`/datasets/${w.running.datasetId}`, `/jobs/${w.running.jobId}`, `/jobs/${w.running.jobId}/log`],
    ])
      expect([path, (await ask(path, who)).status]).toEqual([path, 200]);
  });

  it.each(readers)('gives its bytes to its %s, by path, in the browser and frame by frame', async (who) => {
    const [stored] = await database.db.select().from(file).where(eq(file.id, w.running.fileId));
    const sha256 = async (url: string) => {
      const answer = await fetch(url);
      expect(answer.status).toBe(200);
      return createHash('sha256')
        .update(Buffer.from(await answer.arrayBuffer()))
        .digest('hex');
    };
    const address = await ask(inside(`/files/${w.running.filePath}`), who);
    expect(await sha256(address.body.url)).toBe(stored!.sha256);
    const many = await ask(inside('/addresses'), who, 'POST', { paths: [w.running.filePath] });
    expect(many.status).toBe(200);
    const { fileId } = w.running;
    expect(await sha256((await api(who).files.download({ fileId })).url)).toBe(stored!.sha256);
    expect(await sha256((await api(who).files.view({ fileId })).url)).toBe(stored!.sha256);
    const frames = await api(who).datasets.frameIndex({ datasetId: w.running.datasetId });
    expect(await sha256(frames.files[0]!.url)).toBe(stored!.sha256);
  });

  it('starts no job, says since when, and writes none down', async () => {
    const jobs = async () => (await ask(inside('/jobs?limit=200'), 'owner')).body.items.length;
    const before = await jobs();
    for (const who of ['member', 'owner', 'staff'] as const) {
      const body = { datasetId: w.running.datasetId, template: 'fast-feedback' };
      const refused = await ask(inside('/jobs'), who, 'POST', body);
      expect(refused).toMatchObject({
        status: 409,
        body: {
          code: 'PROCESSING_OVER',
          message: expect.stringContaining(`The processing window of ${w.running.code} ended on `),
          details: { until: until.toISOString() },
        },
      });
      expect(refused.body.message).toContain('reading and downloading stay possible');
    }
    expect(await jobs()).toBe(before);
  });

  it('takes what is said of its data afterwards, and a question for a longer window', async () => {
    const path = `/datasets/${w.running.datasetId}`;
    const { acquisitionVersion: version } = (await ask(path, 'member')).body;
    const edit = { version, mark: 'good', comment: 'the one in the paper' };
    expect((await ask(`${path}/acquisition`, 'member', 'PATCH', edit)).status).toBe(200);
    expect((await ask(path, 'viewer')).body).toMatchObject({ mark: 'good', comment: edit.comment });
    const [kept] = await database.db.select().from(audit).where(eq(audit.action, 'acquisition.edit'));
    expect(kept).toMatchObject({ experimentId: w.running.id });
    const prolonged = new Date(Date.now() + 30 * 24 * 3600 * 1000);
    await api('staff').experiments.prolong({ experimentId: w.running.id, until: prolonged });
    const body = { datasetId: w.running.datasetId, template: 'fast-feedback' };
    expect((await ask(inside('/jobs'), 'member', 'POST', body)).status).toBe(201);
  });
});
