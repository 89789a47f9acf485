import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunEnding } from '#src/server/compute/compute.port.ts';
import { type DatabaseHandle, openDatabase } from '#src/server/db/client.ts';
import { job, ledgerEntry } from '#src/server/db/schema/index.ts';
import { createLogger } from '#src/server/observability/logger.ts';
import { runCostMs } from '#src/shared/model/accounting.ts';
import { chargingWorld, PROBE_CPU_MS } from '#src/testing/charging-world.ts';
import { randomSource } from '#src/testing/damaged-bytes.ts';
import { codeOf } from '#src/testing/experiment-world.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';

/** As many transactions at once as a busy installation has. */
const AT_ONCE = 16;

let database: TestDatabase;
let many: DatabaseHandle;
let storage: TestStore;

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
  many = openDatabase(database.url, { max: AT_ONCE, name: 'test', log: createLogger('test', 'silent') });
});
afterAll(async () => {
  await many?.close();
  await database?.drop();
  await storage?.close();
});

it('of many who start at once at a nearly empty licence exactly as many get in as it covers', async () => {
  const w = await chargingWorld(many.db, storage);
  const licenceId = await w.give(5 * PROBE_CPU_MS + 1);
  const ends = await Promise.all(Array.from({ length: 40 }, () => codeOf(w.start())));
  expect(ends.filter((end) => end === 'done')).toHaveLength(5);
  expect(ends.filter((end) => end === 'NOT_COVERED')).toHaveLength(35);
  expect(await w.totals(licenceId)).toMatchObject({ reservedCpuMs: 5 * PROBE_CPU_MS });
  const { items } = await w.jobs.list(w.as('pi'), { experimentId: w.experiment.id, limit: 100 });
  expect(items).toHaveLength(5);
});

/** Starts by hand and by triggers, ends of every kind, cancellations and lost workers, at once and in any order, on two licences. */
it.each([1, 3])(
  'whatever happens to them in which order, every job’s entries balance and no licence is overspent (seed %i)',
  async (seed) => {
    const random = randomSource(seed);
    const below = (n: number) => Math.floor(random() * n);
    const w = await chargingWorld(many.db, storage);
    const licences = [await w.give(8 * PROBE_CPU_MS), await w.give(4 * PROBE_CPU_MS, { owner: 'pi' })];
    await w.jobs.createTrigger(w.as('staff'), {
      ...{ instrumentId: w.instrument.id, name: 'Probe', templateSlug: 'contract-probe' },
    });
    const workers = ['a', 'b', 'c'].map((owner) => ({ owner, runs: w.newRuns() }));
    const jobIds: string[] = [];
    const endings: RunEnding[] = ['exited', 'exited', 'lost', 'time-limit', 'interrupted'];
    const steps: (() => Promise<unknown>)[] = [
      async () => jobIds.push(await w.start()),
      async () => jobIds.push(await w.start({ licenceId: licences[below(2)]! })),
      async () => {
        const { datasetId } = await w.endedDataset();
        const told = await Promise.all([1, 2].map(() => w.jobs.startTriggered(w.system, { datasetId })));
        jobIds.push(...told.flatMap((each) => each.jobIds));
      },
      async () => w.jobs.cancel(w.as('pi'), { jobId: jobIds[below(jobIds.length)] ?? w.system.newId() }),
      async () => {
        const runRefs = await w.compute.list();
        const runRef = runRefs[below(runRefs.length)];
        if (runRef) w.compute.end(runRef, below(2 * PROBE_CPU_MS), endings[below(5)], below(2));
      },
      async () => {
        const { owner, runs } = workers[below(3)]!;
        await runs.observeRuns(w.system, { owner });
        await runs.submitWaiting(w.system, { owner });
      },
      // A worker is taken for dead while it still works.
      async () => w.runs.releaseLeases({ owner: workers[below(3)]!.owner }),
    ];
    for (let round = 0; round < 7; round++) {
      const wanted = Array.from({ length: 14 }, () => steps[below(steps.length)]!);
      const ends = await Promise.all(wanted.map((step) => codeOf(step())));
      // Refusals are fine; a deadlock or a key that meets another would throw here.
      for (const end of ends) expect(['done', 'NOT_COVERED', 'ALREADY_DONE', 'NOT_FOUND']).toContain(end);
    }
    const observe = () =>
      Promise.all(workers.map(({ owner, runs }) => runs.observeRuns(w.system, { owner })));
    const open = ['queued', 'submitted', 'running'];
    for (const jobId of jobIds) {
      if (open.includes((await w.rowOf(jobId)).state)) await codeOf(w.jobs.cancel(w.as('pi'), { jobId }));
    }
    await observe();

    for (const licenceId of licences) {
      const entries = await many.db.select().from(ledgerEntry).where(eq(ledgerEntry.licenceId, licenceId));
      const { grantedCpuMs, reservedCpuMs, settledCpuMs } = await w.totals(licenceId);
      expect(reservedCpuMs).toBe(0);
      expect(settledCpuMs).toBeLessThanOrEqual(grantedCpuMs);
      expect(entries.reduce((sum, { cpuMs }) => sum + cpuMs, 0)).toBe(grantedCpuMs - settledCpuMs);
      const charged = await many.db.select().from(job).where(eq(job.licenceId, licenceId));
      expect(charged.reduce((sum, row) => sum + row.chargedCpuMs!, 0)).toBe(settledCpuMs);
    }
    expect(jobIds.length).toBeGreaterThan(10);
    for (const jobId of jobIds) {
      const row = await w.rowOf(jobId);
      const { reserve, release, settle, ...rest } = await w.entriesOf(jobId);
      expect(rest).toEqual({});
      expect(reserve).toBe(0 - row.reservedCpuMs);
      expect(release).toBe(row.reservedCpuMs);
      expect(0 - (settle ?? 0)).toBe(row.chargedCpuMs);
      if (settle === undefined) continue;
      const wallMs = row.finishedAt!.getTime() - row.startedAt!.getTime();
      const cost = runCostMs(row.priceMilli, Math.max(0, wallMs));
      expect(row.chargedCpuMs! + row.unchargedCpuMs!).toBe(cost);
    }
  },
);
