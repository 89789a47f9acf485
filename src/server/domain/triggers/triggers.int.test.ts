import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createJobsService, type JobsService } from '#src/server/domain/jobs/jobs.service.ts';
import { codeOf } from '#src/testing/experiment-world.ts';
import { dataFile, type IngestWorld, ingestWorld, LONG_AGO } from '#src/testing/ingest-world.ts';
import { testContext } from '#src/testing/test-context.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { BUILT_IN_TEMPLATES } from '#templates/index.ts';
import { audit, outbox } from '../../db/schema/index.ts';
import { createTriggersService, type TriggersService } from './triggers.service.ts';

const system = testContext();
let database: TestDatabase;
let storage: TestStore;
let w: IngestWorld;
let jobs: JobsService;
let triggers: TriggersService;
let triggerId: string;

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
  w = await ingestWorld(database.db, storage.store);
  jobs = createJobsService({ db: w.db });
  triggers = createTriggersService({ db: w.db });
  await jobs.ensureBuiltInTemplates(system, BUILT_IN_TEMPLATES);
  const wanted = { instrumentId: w.instrument.id, name: 'Fast feedback', templateSlug: 'fast-feedback' };
  ({ triggerId } = await jobs.createTrigger(w.as('staff'), wanted));
  await w.activate(LONG_AGO);
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
});

/** How many jobs a dataset that is finished now starts. */
async function startedBy(prefix: string): Promise<number> {
  const opened = await w.ingest.openSeries(w.agentContext, w.series({ prefix, framesExpected: 10 }));
  const { datasetId } = opened;
  await w.sendAndComplete(opened, dataFile(1, 0, 10));
  await w.ingest.endSeries(w.agentContext, {
    ...{ datasetId, endedAt: new Date().toISOString(), ending: 'end-message' },
    ...{ framesReceived: 10, missing: [], lost: [] },
  });
  return (await jobs.startTriggered(system, { datasetId })).jobIds.length;
}
const shown = async () => (await triggers.list(w.as('staff'), { instrumentId: w.instrument.id }))[0]!;

it('a trigger that is switched off starts nothing from that moment on, and again once it is on; who did it is kept', async () => {
  expect(await shown()).toMatchObject({ enabled: true, switchedByName: null });
  expect(await startedBy('lyso/run_1')).toBe(1);
  const staff = w.as('staff');
  staff.at('2026-11-20T12:00:00Z');
  await triggers.setEnabled(staff, { triggerId, enabled: false });
  const since = new Date('2026-11-20T12:00:00Z');
  expect(await shown()).toMatchObject({ enabled: false, switchedByName: 'staff', since });
  expect(await startedBy('lyso/run_2')).toBe(0);
  // Twice is as once: neither who nor since when changes, and nothing is told.
  await triggers.setEnabled(w.as('staff'), { triggerId, enabled: false });
  expect(await shown()).toMatchObject({ since });
  await triggers.setEnabled(w.as('staff'), { triggerId, enabled: true });
  expect(await startedBy('lyso/run_3')).toBe(1);

  const trail = await w.db.select().from(audit).where(eq(audit.entityId, triggerId));
  expect(trail.map(({ action }) => action)).toEqual(['trigger.create', 'trigger.disable', 'trigger.enable']);
  const news = await w.db.select().from(outbox).where(eq(outbox.kind, 'trigger.changed'));
  expect(news.map(({ topic, data }) => [topic, data])).toEqual([
    [`instrument:${w.instrument.id}`, { triggerId, enabled: true }],
    [`instrument:${w.instrument.id}`, { triggerId, enabled: false }],
    [`instrument:${w.instrument.id}`, { triggerId, enabled: true }],
  ]);
});

it('is switched by staff alone, whom the others cannot tell from nobody', async () => {
  const turn = (ctx = w.as('staff'), id = triggerId) =>
    codeOf(triggers.setEnabled(ctx, { triggerId: id, enabled: false }));
  expect(await turn(w.as('pi'))).toBe('NOT_FOUND');
  expect(await turn(w.as('stranger'))).toBe('NOT_FOUND');
  expect(await turn(w.as('staff'), system.newId())).toBe('NOT_FOUND');
  expect(await turn(w.as('staff'), 'no id')).toBe('NOT_FOUND');
  expect(await turn(testContext({ kind: 'anonymous' }))).toBe('NOT_SIGNED_IN');
  expect(await shown()).toMatchObject({ enabled: true });
});
