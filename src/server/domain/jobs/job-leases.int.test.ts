import { and, eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  JOB_OVER,
  type JobMachine,
  jobMachine,
  type MeasuredWorld,
  pause,
} from '#src/testing/running-jobs.ts';
import { file, frameTable, job } from '../../db/schema/index.ts';

let machine: JobMachine;
let w: MeasuredWorld;
beforeAll(async () => {
  machine = await jobMachine();
});
afterAll(() => machine?.close());
beforeEach(async () => {
  w = await machine.measured([40, 0, 25]);
});
afterEach(() => machine.clear());

describe('leases', () => {
  const endLease = (jobId: string) =>
    w.db.execute(sql`update job set lease_until = now() - interval '1 second' where id = ${jobId}`);
  /** How often the program of a job that is over was started. */
  const startsOf = async (jobId: string) => {
    const { outputPath } = await w.jobRow(jobId);
    const { store } = w;
    const text = Buffer.from(
      await store.readRange(`${w.experiment.code}/${outputPath}/starts.txt`, 0, 1000),
    ).toString();
    return text.trim().split('\n').length;
  };
  const leaseOf = async (jobId: string) => {
    const { rows } = await w.db.execute<{ state: string; soonOver: boolean }>(
      sql`select state, lease_until <= now() + interval '15 seconds' as "soonOver" from job where id = ${jobId}`,
    );
    return rows[0];
  };

  it('of a worker killed before its first look at a run are soon over, and the run goes on', async () => {
    const jobId = await w.probe({ behaviour: 'work', sleepMs: 500 });
    await w.runs.submitWaiting(w.system, { owner: 'killed' });
    expect(await leaseOf(jobId)).toEqual({ state: 'submitted', soonOver: true });
    expect(await w.newRuns().observeRuns(w.system, { owner: 'worker-b' })).toBe(0);
    await endLease(jobId);
    expect(await w.until(jobId, JOB_OVER, w.newRuns(), 'worker-b')).toMatchObject({ state: 'succeeded' });
    expect(await startsOf(jobId)).toBe(1);
  });

  it('of a worker killed right after the driver has started a run are soon over, and it is not started again', async () => {
    const jobId = await w.probe({ behaviour: 'work', sleepMs: 500 });
    const dying = w.newRuns({
      ...w.compute,
      async submit(request) {
        const submitted = await w.compute.submit(request);
        // What the database sees of a killed worker: the connection ends in the middle of a transaction.
        await w.db.execute(sql`
          select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and state = 'idle in transaction'`);
        return submitted;
      },
    });
    await expect(dying.submitWaiting(w.system, { owner: 'killed' })).rejects.toThrow();
    expect(await leaseOf(jobId)).toEqual({ state: 'queued', soonOver: true });
    expect(await w.compute.list()).toEqual([`${jobId}-1`]);
    await endLease(jobId);
    expect(await w.until(jobId, JOB_OVER, w.newRuns(), 'worker-b')).toMatchObject({ state: 'succeeded' });
    expect(await startsOf(jobId)).toBe(1);
  });

  it('once lost are noticed before a run is started: a worker that was held up starts nothing', async () => {
    const jobId = await w.probe({ behaviour: 'work' });
    let slow: Promise<number> | undefined;
    await w.db.transaction(async (tx) => {
      // Holds the worker up between its claim and the driver.
      await tx.execute(sql`lock table ${frameTable} in access exclusive mode`);
      slow = w.runs.submitWaiting(w.system, { owner: 'slow' });
      while ((await w.jobRow(jobId)).leaseOwner !== 'slow') await pause(20);
      await w.db.update(job).set({ leaseOwner: 'worker-b' }).where(eq(job.id, jobId));
    });
    await slow;
    expect(await w.compute.list()).toEqual([]);
    expect(await w.jobRow(jobId)).toMatchObject({ state: 'queued', leaseOwner: 'worker-b' });
    await endLease(jobId);
    await w.until(jobId, JOB_OVER);
  });

  it('let one worker at a time look after a job; a silent one is replaced, and changes nothing any more', async () => {
    const jobId = await w.probe({ behaviour: 'work', sleepMs: 1500 });
    await w.until(jobId, ['running'], w.runs, 'worker-a');
    const other = w.newRuns();
    expect(await other.observeRuns(w.system, { owner: 'worker-b' })).toBe(0);
    await endLease(jobId);
    expect(await other.observeRuns(w.system, { owner: 'worker-b' })).toBe(1);
    expect((await w.jobRow(jobId)).leaseOwner).toBe('worker-b');
    expect(await w.runs.observeRuns(w.system, { owner: 'worker-a' })).toBe(0);
    const row = await w.until(jobId, JOB_OVER, other, 'worker-b');
    expect(row.state).toBe('succeeded');
    expect((await w.logOf(jobId)).match(/done/g)).toHaveLength(1);
    const results = await w.db
      .select()
      .from(file)
      .where(and(eq(file.experimentId, w.experiment.id), eq(file.kind, 'result')));
    expect(results.map((result) => result.name).sort()).toEqual(['copy.bin', 'starts.txt']);
  });
});
