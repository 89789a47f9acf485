import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { codeOf } from '#src/testing/experiment-world.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { ANY_INPUT_TEMPLATE, type TriggerWorld, triggerWorld } from '#src/testing/trigger-world.ts';
import { acquisition, dataset, job, jobTemplate, trigger, triggerFiring } from '../../db/schema/index.ts';
import { raiseEvent } from './raise-event.ts';

let database: TestDatabase;
let storage: TestStore;
let w: TriggerWorld;
beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
});
beforeEach(async () => {
  w = await triggerWorld(database.db, storage);
});

const script = ANY_INPUT_TEMPLATE.slug;
/** Runs every job that waits to its end. */
async function runAll() {
  await w.startWaiting();
  const rows = await w.db.select().from(job).where(eq(job.state, 'running'));
  for (const { runRef } of rows) w.compute.end(runRef!, 1000);
  await w.observe();
}

describe('every event fires once, however often it is delivered', () => {
  it('a dataset that starts', async () => {
    const id = await w.addTrigger({ event: 'dataset.started', template: script });
    const { datasetId } = await w.open();
    await w.work(3);
    await w.triggers.fire(w.system, { event: 'dataset.started', datasetId });
    expect(await w.startedBy(id)).toMatchObject([{ datasetId, priority: 'beam-time', startedBy: null }]);
    expect(await w.outcomes(id)).toEqual(['started']);
  });

  it('every N frames; who is behind looks at the newest count alone', async () => {
    const id = await w.addTrigger({ event: 'dataset.frames', everyFrames: 15 });
    const opened = await w.open(5);
    await w.sendFile(opened, 1);
    await w.work();
    expect(await w.outcomes(id)).toEqual([]);
    await w.sendFile(opened, 2);
    await w.work(3);
    expect(await w.startedBy(id)).toHaveLength(1);
    for (const number of [3, 4, 5]) await w.sendFile(opened, number);
    await w.work(2);
    // 50 frames: three times 15, of which two were passed while nobody looked.
    expect((await w.decided(id)).map(({ eventKey }) => eventKey.split(':').at(-1))).toEqual(['1', '3']);
    expect(await w.startedBy(id)).toHaveLength(2);
  });

  it('a grid, when its last dataset has ended and every point has a frame', async () => {
    const id = await w.addTrigger({ event: 'grid.finished' });
    const first = await w.open(1);
    const { acquisitionId } = await w.row(first.datasetId);
    await w.db
      .update(acquisition)
      .set({ kind: 'grid', grid: { rows: 2, columns: 10, snake: false } })
      .where(eq(acquisition.id, acquisitionId));
    await w.sendFile(first, 1);
    await w.end(first.datasetId, 10);
    await w.work(2);
    expect(await w.decided(id)).toMatchObject([
      { outcome: 'condition', why: 'Of 20 points of the grid 10 have a frame.' },
    ]);
    const second = await w.open(1, { prefix: 'lyso/run_2' });
    await w.db.update(dataset).set({ acquisitionId }).where(eq(dataset.id, second.datasetId));
    await w.sendFile(second, 1);
    await w.end(second.datasetId, 10);
    await w.work(2);
    expect(await w.outcomes(id)).toEqual(['condition', 'started']);
  });

  it('a file whose path matches, and its next version; others leave no line', async () => {
    const id = await w.addTrigger({
      ...{ event: 'file.stored', filePattern: 'raw/**/*_000002.h5', template: script },
      taken: { words: 'path' },
    });
    const opened = await w.open(2);
    await w.sendFile(opened, 1);
    const { path } = await w.sendFile(opened, 2);
    await w.work(2);
    expect(await w.decided(id)).toMatchObject([{ outcome: 'started', path, datasetId: opened.datasetId }]);
    expect(await w.startedBy(id)).toMatchObject([{ parameters: { words: path } }]);
  });

  it('a job that has ended, and not the one that it started itself', async () => {
    const first = await w.addTrigger({ event: 'dataset.finished' });
    const next = await w.addTrigger({
      ...{ event: 'job.finished', template: script, conditions: { jobEnded: 'succeeded' } },
      taken: { words: 'job.outputPath' },
    });
    const { datasetId } = await w.measure();
    await w.work();
    await runAll();
    await w.work(2);
    const [cause] = await w.startedBy(first);
    expect(await w.startedBy(next)).toMatchObject([{ datasetId, parameters: { words: cause!.outputPath } }]);
    await runAll();
    await w.work(2);
    expect((await w.decided(next)).map(({ outcome, causeJobId }) => [outcome, causeJobId])).toEqual([
      ['started', cause!.id],
      ['loop', (await w.startedBy(next))[0]!.id],
    ]);
  });

  it('an experiment that is finished, with all its complete datasets', async () => {
    const id = await w.addTrigger({
      ...{ event: 'experiment.finished', template: script, taken: { sets: 'datasets' } },
    });
    const { datasetId } = await w.measure();
    await w.open(1, { prefix: 'lyso/cut' });
    await w.experiments.finish(w.as('staff'), { experimentId: w.experiment.id });
    await w.work(3);
    expect(await w.startedBy(id)).toMatchObject([{ datasetId: null, parameters: { sets: [datasetId] } }]);
    await w.experiments.reopen(w.as('staff'), { experimentId: w.experiment.id });
    await w.experiments.finish(w.as('staff'), { experimentId: w.experiment.id });
    await w.work();
    expect(await w.outcomes(id)).toEqual(['started', 'started']);
  });

  it('a call, once by its id; members call, and get the reason when nothing is started', async () => {
    const id = await w.addTrigger({ event: 'api.called', template: script });
    const call = (callId: string | null, parameters: Record<string, unknown> = {}) =>
      w.triggers.call(w.as('pi'), {
        ...{ experimentId: w.experiment.id, triggerId: id, datasetId: null, parameters, callId },
      });
    expect(await call('a', { words: 'hello' })).toMatchObject({ outcome: 'started', why: '' });
    expect(await codeOf(call('a'))).toBe('ALREADY_DONE');
    expect(await call(null, { energy: 'much' })).toMatchObject({ outcome: 'bad-input', jobId: null });
    expect(await w.startedBy(id)).toMatchObject([{ parameters: { words: 'hello' } }]);
    const stranger = w.triggers.call(w.as('stranger'), {
      ...{ experimentId: w.experiment.id, triggerId: id, datasetId: null, parameters: {}, callId: null },
    });
    expect(await codeOf(stranger)).toBe('NOT_FOUND');
  });
});

describe('a trigger that starts nothing says why', () => {
  const only = async (id: string) => (await w.decided(id)).map(({ outcome, why }) => [outcome, why]);

  it('off, a condition, too soon, enough at once', async () => {
    const off = await w.addTrigger({ enabled: false });
    const grids = await w.addTrigger({ conditions: { kinds: ['grid'] } });
    const large = await w.addTrigger({ conditions: { sizeMinBytes: 1e9 } });
    const seldom = await w.addTrigger({ debounceS: 3600 });
    const single = await w.addTrigger({ mostAtOnce: 1 });
    await w.measure();
    await w.measure();
    await w.work(2);
    expect(await w.outcomes(off)).toEqual(['off', 'off']);
    expect(await only(grids)).toEqual([
      ['condition', 'The kind is rotation, not grid.'],
      ['condition', 'The kind is rotation, not grid.'],
    ]);
    expect((await only(large))[0]).toEqual([
      'condition',
      expect.stringMatching(/^It has \d+ bytes, fewer than/),
    ]);
    expect(await w.outcomes(seldom)).toEqual(['started', 'debounced']);
    expect(await w.outcomes(single)).toEqual(['started', 'busy']);
    await runAll();
    await w.measure();
    await w.work();
    expect(await w.outcomes(single)).toEqual(['started', 'busy', 'started']);
  });

  it('no CPU hours, unless it runs on grace', async () => {
    await w.give(1000);
    const strict = await w.addTrigger({ onGrace: false });
    const usual = await w.addTrigger();
    await w.measure();
    await w.work();
    expect(await only(strict)).toEqual([['not-covered', expect.stringContaining('are missing')]]);
    expect(await w.startedBy(strict)).toEqual([]);
    expect(await w.startedBy(usual)).toMatchObject([{ overAllowance: true }]);
  });

  it('a template that the machine cannot run, parameters that do not fit', async () => {
    const lacking = await w.addTrigger({ template: script });
    const missing = [{ kind: 'command' as const, name: 'dials.scale', how: 'apt-get install dials' }];
    await w.db.update(jobTemplate).set({ missing }).where(eq(jobTemplate.slug, script));
    const wrong = await w.addTrigger({ taken: { sleepMs: 'sample' } });
    await w.measure();
    await w.work();
    expect(await only(lacking)).toEqual([['template-missing', expect.stringContaining('dials.scale')]]);
    expect(await only(wrong)).toEqual([['bad-input', 'Pause must be a number.']]);
    await w.db.update(jobTemplate).set({ missing: null }).where(eq(jobTemplate.slug, script));
  });
});

it('parameters are constants, or taken from header and acquisition', async () => {
  const id = await w.addTrigger({
    ...{ template: script, parameters: { words: 'fixed' }, taken: { energy: 'energyEv' } },
  });
  const { datasetId } = await w.measure();
  const { acquisitionId } = await w.row(datasetId);
  await w.work();
  expect(await w.startedBy(id)).toMatchObject([{ parameters: { words: 'fixed', energy: 12_400 } }]);
  expect((await w.db.select().from(acquisition).where(eq(acquisition.id, acquisitionId)))[0]!.energyEv).toBe(
    12_400,
  );
});

it('a trigger follows the newest version, or stays at the one it was written with', async () => {
  const newest = await w.addTrigger({ template: script });
  const fixed = await w.addTrigger({ template: script, versionRule: 'fixed' });
  const older = (await w.db.select().from(trigger).where(eq(trigger.id, fixed)))[0]!.templateId;
  // As people save a version: triggers of what ships with the product are moved by its update.
  const [second] = await w.db
    .insert(jobTemplate)
    .values({
      ...{ id: w.system.newId(), slug: script, version: 2, name: 'Any input', description: '' },
      ...{ entry: 'script:bash', parameters: [], metrics: [], createdAt: w.system.now() },
    })
    .returning();
  await w.measure();
  await w.work();
  expect((await w.startedBy(newest)).map(({ templateId }) => templateId)).toEqual([second!.id]);
  expect((await w.startedBy(fixed)).map(({ templateId }) => templateId)).toEqual([older]);
  await w.db.update(job).set({ templateId: older }).where(eq(job.templateId, second!.id));
  await w.db.delete(jobTemplate).where(eq(jobTemplate.id, second!.id));
});

it('a storm of events, each delivered to several workers at once in any order, decides each once', async () => {
  const id = await w.addTrigger({ event: 'experiment.finished', template: script, mostAtOnce: 3 });
  const events = Array.from({ length: 150 }, (_, n) => ({
    ...{ event: 'experiment.finished' as const, experimentId: w.experiment.id },
    finishedAt: new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString(),
  }));
  const deliveries = [...events, ...events, ...events].sort((a, b) =>
    (a.finishedAt.slice(-4) + a.finishedAt).localeCompare(b.finishedAt.slice(-4) + b.finishedAt),
  );
  const workers = Array.from({ length: 6 }, async (_, worker) => {
    for (let n = worker; n < deliveries.length; n += 6) await w.triggers.fire(w.system, deliveries[n]!);
  });
  await Promise.all(workers);
  const rows = await w.decided(id);
  expect(rows).toHaveLength(150);
  expect(rows.filter(({ outcome }) => outcome === 'started')).toHaveLength(3);
  expect(await w.startedBy(id)).toHaveLength(3);
});

it('what failed in the middle leaves nothing, and is done when it is delivered again', async () => {
  const id = await w.addTrigger();
  const { datasetId } = await w.measure();
  const event = { event: 'dataset.finished' as const, datasetId };
  await w.db.execute(sql`
    create function refuse_firing() returns trigger language plpgsql as $$ begin raise 'the disk is full'; end $$`);
  await w.db.execute(
    sql`create trigger refuse_firing before insert on trigger_firing for each row execute function refuse_firing()`,
  );
  await expect(w.triggers.fire(w.system, event)).rejects.toThrow();
  expect(await w.startedBy(id)).toEqual([]);
  await w.db.execute(sql`drop trigger refuse_firing on trigger_firing`);
  await w.db.execute(sql`drop function refuse_firing()`);
  expect((await w.triggers.fire(w.system, event)).jobIds).toHaveLength(1);
  expect((await w.triggers.fire(w.system, event)).jobIds).toEqual([]);
});

it('an event that is rolled back is not in the queue; events stand behind jobs that are ready, one queue per instrument', async () => {
  await w.addTrigger({ event: 'experiment.finished', template: script });
  const event = {
    ...{ event: 'experiment.finished' as const, experimentId: w.experiment.id },
    finishedAt: '2026-01-01T00:00:00.000Z',
  };
  const queued = async () =>
    (
      await w.db.execute<{ queue_name: string | null; priority: number }>(sql`
        select queue_name, priority from graphile_worker.jobs where queue_name = ${`triggers:${w.instrument.id}`}`)
    ).rows;
  await expect(
    w.db.transaction(async (tx) => {
      await raiseEvent(tx, w.instrument.id, event);
      throw new Error('something else went wrong');
    }),
  ).rejects.toThrow('something else');
  expect(await queued()).toEqual([]);
  await w.db.transaction((tx) => raiseEvent(tx, w.instrument.id, event));
  await w.db.transaction((tx) => raiseEvent(tx, w.instrument.id, event));
  expect(await queued()).toEqual([{ queue_name: `triggers:${w.instrument.id}`, priority: 10 }]);
  const { rows } = await w.db.execute<{ priority: number }>(
    sql`select priority from graphile_worker.jobs where task_identifier = 'submit-job'`,
  );
  for (const { priority } of rows) expect(priority).toBeLessThan(10);
  await w.work();
});

it('the history is kept for 30 days, and of one instrument no more than 5000 lines that are older than a day', async () => {
  const id = await w.addTrigger();
  const now = new Date('2026-11-01T00:00:00Z');
  w.system.at(now.toISOString());
  await w.db.execute(sql`
    insert into trigger_firing (id, trigger_id, event_key, event, instrument_id, experiment_id, outcome, at)
    select gen_random_uuid(), ${id}::uuid, 'k' || n, 'dataset.finished', ${w.instrument.id}::uuid, ${w.experiment.id}::uuid, 'off',
      ${now.toISOString()}::timestamptz - make_interval(hours => case when n <= 5200 then 30 when n <= 5300 then 2 else 24 * 31 end)
    from generate_series(1, 5310) n`);
  expect(await w.triggers.forgetHistory(w.system)).toBe(10 + 300);
  const rows = await w.db.select().from(triggerFiring).where(eq(triggerFiring.triggerId, id));
  expect(rows).toHaveLength(5000);
  expect(rows.filter(({ at }) => at.getTime() > now.getTime() - 3 * 3600_000)).toHaveLength(100);
  expect(await codeOf(w.triggers.forgetHistory(w.as('staff')))).toBe('NOT_ALLOWED');
  w.system.at(null);
});
