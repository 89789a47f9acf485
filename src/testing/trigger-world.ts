import { randomUUID } from 'node:crypto';
import { asc, eq, sql } from 'drizzle-orm';
import type { Database } from '../server/db/client.ts';
import { job, triggerFiring } from '../server/db/schema/index.ts';
import { raisedEventSchema } from '../server/domain/triggers/raise-event.ts';
import { createTriggersService } from '../server/domain/triggers/triggers.service.ts';
import type { TemplateDefinition } from '../shared/contracts/job-template.ts';
import { triggerDraftSchema } from '../shared/model/trigger-rules.ts';
import { chargingWorld } from './charging-world.ts';
import { dataFile } from './ingest-world.ts';
import { PROBE_TEMPLATE } from './probe-template.ts';
import type { TestStore } from './test-store.ts';

/** A script that needs no dataset, and takes one, several, a number and a text when they are given. */
export const ANY_INPUT_TEMPLATE: TemplateDefinition = {
  ...{ slug: 'any-input', version: 1, name: 'Any input', description: '', entry: 'script:bash' },
  ...{ timeLimitS: 60, memoryLimitBytes: 1024 ** 3, metrics: [] },
  files: [{ path: 'main.sh', content: 'true\n' }],
  parameters: [
    { name: 'energy', label: 'Energy', type: 'number', default: 0, description: '' },
    { name: 'words', label: 'Words', type: 'text', default: '', description: '' },
    { name: 'sets', label: 'Sets', type: 'datasets', optional: true, description: '' },
  ],
};

type Draft = Parameters<typeof triggerDraftSchema.parse>[0] & object;

/** An instrument with a default strategy whose triggers a test writes, and a worker that does what the queue holds for them when it is told to. */
export async function triggerWorld(db: Database, storage: Pick<TestStore, 'store'>) {
  const w = await chargingWorld(db, storage);
  await w.jobs.ensureBuiltInTemplates(w.system, [ANY_INPUT_TEMPLATE]);
  const triggers = createTriggersService({ db });
  const { strategyId } = await triggers.makeStrategy(w.system, {
    ...{ instrumentId: w.instrument.id, name: 'Standard', description: '' },
  });

  /** A trigger on finished datasets that runs the probe, unless told otherwise. */
  async function addTrigger(draft: Draft = {}, into = strategyId): Promise<string> {
    const usual = { name: randomUUID(), event: 'dataset.finished', template: PROBE_TEMPLATE.slug };
    const { triggerId } = await triggers.addTrigger(w.system, {
      strategyId: into,
      draft: triggerDraftSchema.parse({ ...usual, ...draft }),
    });
    return triggerId;
  }

  /** Does what the queue holds for triggers, each `times` times, as workers would of which some are killed before they can say so. */
  async function work(times = 1): Promise<void> {
    const { rows } = await db.execute<{ id: string; payload: unknown }>(sql`
      select task.id, task.payload from graphile_worker._private_jobs task
      join graphile_worker._private_tasks kind on kind.id = task.task_id
      where kind.identifier = 'start-triggered-jobs' order by task.priority, task.run_at, task.id`);
    for (const { id, payload } of rows) {
      const raised = raisedEventSchema.parse(payload);
      await Promise.all(Array.from({ length: times }, () => triggers.fire(w.system, raised)));
      await db.execute(sql`select graphile_worker.complete_jobs(array[${id}]::bigint[])`);
    }
  }

  /** What a trigger decided, the oldest first. */
  const decided = (triggerId: string) =>
    db
      .select()
      .from(triggerFiring)
      .where(eq(triggerFiring.triggerId, triggerId))
      .orderBy(asc(triggerFiring.at), asc(triggerFiring.id));
  const outcomes = async (triggerId: string) => (await decided(triggerId)).map(({ outcome }) => outcome);
  const startedBy = (triggerId: string) =>
    db.select().from(job).where(eq(job.triggerId, triggerId)).orderBy(asc(job.createdAt));

  /** A series of so many data files of ten frames each, opened. */
  const open = (files = 1, changes: Parameters<typeof w.series>[0] = {}) =>
    w.ingest.openSeries(w.agentContext, w.series({ framesExpected: files * 10, ...changes }));
  const sendFile = (opened: { datasetId: string; base: string }, number: number) =>
    w.sendAndComplete(opened, dataFile(number, (number - 1) * 10, 10));
  const end = (datasetId: string, framesReceived: number) =>
    w.ingest.endSeries(w.agentContext, {
      ...{ datasetId, endedAt: new Date().toISOString(), ending: 'end-message' as const },
      ...{ framesReceived, missing: [], lost: [] },
    });
  /** A whole dataset, measured. */
  async function measure(files = 1, changes: Parameters<typeof w.series>[0] = {}) {
    const opened = await open(files, changes);
    for (let number = 1; number <= files; number++) await sendFile(opened, number);
    await end(opened.datasetId, files * 10);
    return opened;
  }

  return {
    ...w,
    ...{ triggers, strategyId, addTrigger, work, decided, outcomes, startedBy, open, sendFile, end, measure },
  };
}
export type TriggerWorld = Awaited<ReturnType<typeof triggerWorld>>;
