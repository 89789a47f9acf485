import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { licence } from '#src/server/db/schema/index.ts';
import { HOUR_MS } from '#src/shared/model/accounting.ts';
import { type ChargingWorld, chargingWorld, PROBE_CPU_MS } from '#src/testing/charging-world.ts';
import { codeOf } from '#src/testing/experiment-world.ts';
import { PROBE_TEMPLATE } from '#src/testing/probe-template.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';

let database: TestDatabase;
let storage: TestStore;
let w: ChargingWorld;

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
});
beforeEach(async () => {
  w = await chargingWorld(database.db, storage);
});

const SECOND = 1000;
const refOf = (jobId: string, attempt = 1) => `${jobId}-${attempt}`;
const nothing = { reservedCpuMs: 0, settledCpuMs: 0 };

describe('a job', () => {
  it('sets aside what it may take, is charged CPUs × wall time at its end, and says so', async () => {
    const licenceId = await w.give(HOUR_MS);
    const { profileId } = await w.profiles.create(w.system, {
      ...{ facilityId: w.facility.id, name: 'Four', cpus: 4, memoryBytes: 8 * 1024 ** 3 },
      ...{ gpu: null, priceMilli: null },
    });
    const jobId = await w.start({ profileId });
    expect(await w.totals(licenceId)).toMatchObject({ reservedCpuMs: 4 * PROBE_CPU_MS, settledCpuMs: 0 });
    await w.startWaiting();
    w.compute.end(refOf(jobId), 10 * SECOND);
    await w.observe();
    expect(await w.totals(licenceId)).toMatchObject({ reservedCpuMs: 0, settledCpuMs: 40 * SECOND });
    expect(await w.jobs.get(w.as('pi'), { jobId })).toMatchObject({
      ...{ state: 'succeeded', licenceId, sponsorName: 'Year', profileName: 'Four', cpus: 4 },
      ...{ reservedCpuMs: 4 * PROBE_CPU_MS, chargedCpuMs: 40 * SECOND, unchargedCpuMs: 0 },
    });
  });

  it('is not started when nobody covers it: the refusal says what is missing, and nothing was made', async () => {
    const licenceId = await w.give(PROBE_CPU_MS - 1);
    await expect(w.start()).rejects.toMatchObject({
      code: 'NOT_COVERED',
      message: expect.stringMatching(/are missing/),
      details: { licenceId, neededCpuMs: PROBE_CPU_MS, leftCpuMs: PROBE_CPU_MS - 1 },
    });
    const { items } = await w.jobs.list(w.as('pi'), { experimentId: w.experiment.id, limit: 10 });
    expect(items).toEqual([]);
    expect(await w.totals(licenceId)).toMatchObject(nothing);
  });

  it('is charged to nobody before the facility has given CPU hours to a licence', async () => {
    await w.give(0);
    const jobId = await w.start();
    await w.startWaiting();
    w.compute.end(refOf(jobId), SECOND);
    await w.observe();
    expect(await w.rowOf(jobId)).toMatchObject({ state: 'succeeded', licenceId: null, chargedCpuMs: null });
    expect(await w.entriesOf(jobId)).toEqual({});
  });

  it('that fails by itself is paid, one that the platform failed is not', async () => {
    const licenceId = await w.give(HOUR_MS);
    const [own, late, lost] = [await w.start(), await w.start(), await w.start()];
    await w.startWaiting();
    w.compute.end(refOf(own), 5 * SECOND, 'exited', 7);
    w.compute.end(refOf(late), 6 * SECOND, 'time-limit');
    w.compute.end(refOf(lost), 7 * SECOND, 'lost');
    await w.observe();
    const unstarted = await w.start();
    w.compute.refuse('bubblewrap does not work here');
    await w.startWaiting();
    const charged = async (jobId: string) => (await w.rowOf(jobId)).chargedCpuMs;
    expect(await Promise.all([own, late, lost, unstarted].map(charged))).toEqual([5000, 6000, 0, 0]);
    expect(await w.totals(licenceId)).toMatchObject({ reservedCpuMs: 0, settledCpuMs: 11 * SECOND });
    expect(await w.entriesOf(lost)).toEqual({ reserve: -PROBE_CPU_MS, release: PROBE_CPU_MS });
  });

  it('cancelled before it started costs nothing, while it runs what it ran; cancelled twice it is charged once', async () => {
    const licenceId = await w.give(HOUR_MS);
    const [waiting, running] = [await w.start(), await w.start()];
    await w.jobs.cancel(w.as('pi'), { jobId: waiting });
    await w.startWaiting();
    const { startedAt } = await w.rowOf(running);
    const pi = w.as('pi');
    pi.at(new Date(startedAt!.getTime() + 3 * SECOND).toISOString());
    const ends = await Promise.all([1, 2, 3].map(() => codeOf(w.jobs.cancel(pi, { jobId: running }))));
    expect(ends.sort()).toEqual(['ALREADY_DONE', 'ALREADY_DONE', 'done']);
    await w.observe();
    await w.observe();
    expect((await w.rowOf(waiting)).chargedCpuMs).toBe(0);
    expect((await w.rowOf(running)).chargedCpuMs).toBe(3 * SECOND);
    expect(await w.totals(licenceId)).toMatchObject({ reservedCpuMs: 0, settledCpuMs: 3 * SECOND });
  });

  it('whose machine was shut down pays for the attempt that ended it alone', async () => {
    const licenceId = await w.give(HOUR_MS);
    const jobId = await w.start();
    await w.startWaiting();
    w.compute.end(refOf(jobId), 20 * SECOND, 'interrupted');
    await w.observe();
    expect(await w.totals(licenceId)).toMatchObject({ reservedCpuMs: PROBE_CPU_MS, settledCpuMs: 0 });
    await w.startWaiting();
    w.compute.end(refOf(jobId, 2), 2 * SECOND);
    await w.observe();
    expect(await w.totals(licenceId)).toMatchObject({ reservedCpuMs: 0, settledCpuMs: 2 * SECOND });
  });

  it('is estimated by past runs: then much less is set aside', async () => {
    const licenceId = await w.give(HOUR_MS);
    for (const wallMs of [10_000, 12_000, 16_000]) {
      const jobId = await w.start();
      await w.startWaiting();
      w.compute.end(refOf(jobId), wallMs);
      await w.observe();
    }
    const run = {
      ...{ experimentId: w.experiment.id, datasetId: w.dataset.datasetId, templateSlug: 'contract-probe' },
    };
    const offer = await w.jobs.offer(w.as('pi'), run);
    expect(offer).toMatchObject({ pastRuns: 3, wallMs: 20_000, cpuMs: 20_000, licenceId, refused: null });
    expect((await w.rowOf(await w.start())).reservedCpuMs).toBe(20_000);
  });
});

describe('what a trigger starts', () => {
  const byTrigger = async () => {
    await w.jobs.createTrigger(w.as('staff'), {
      ...{ instrumentId: w.instrument.id, name: 'Probe', templateSlug: 'contract-probe' },
    });
    const { datasetId } = await w.endedDataset();
    const told = await Promise.all([1, 2, 3].map(() => w.jobs.startTriggered(w.system, { datasetId })));
    const jobIds = told.flatMap((each) => each.jobIds);
    expect(jobIds).toHaveLength(1);
    return jobIds[0]!;
  };

  it('is paid like the rest, and set aside once however often the event comes', async () => {
    const licenceId = await w.give(HOUR_MS);
    const jobId = await byTrigger();
    expect(await w.rowOf(jobId)).toMatchObject({ licenceId, overAllowance: false });
    expect(await w.totals(licenceId)).toMatchObject({ reservedCpuMs: PROBE_CPU_MS });
  });

  it('runs on grace where no licence covers it, marked, with what is left; the rest is charged to nobody', async () => {
    const licenceId = await w.give(5 * SECOND);
    const jobId = await byTrigger();
    expect(await w.rowOf(jobId)).toMatchObject({ overAllowance: true, reservedCpuMs: 5 * SECOND });
    await w.startWaiting();
    w.compute.end(refOf(jobId), 30 * SECOND);
    await w.observe();
    expect(await w.rowOf(jobId)).toMatchObject({
      ...{ state: 'succeeded', chargedCpuMs: 5 * SECOND, unchargedCpuMs: 25 * SECOND },
    });
    expect(await w.totals(licenceId)).toEqual({
      ...{ grantedCpuMs: 5 * SECOND, reservedCpuMs: 0, settledCpuMs: 5 * SECOND },
    });
  });

  it('takes nothing from a licence that has ended, though hours are left on it', async () => {
    const licenceId = await w.give(HOUR_MS, { validUntil: '2026-02-01T00:00:00Z' });
    const jobId = await byTrigger();
    await w.startWaiting();
    w.compute.end(refOf(jobId), 30 * SECOND);
    await w.observe();
    expect(await w.rowOf(jobId)).toMatchObject({
      ...{ overAllowance: true, licenceId, chargedCpuMs: 0, unchargedCpuMs: 30 * SECOND },
    });
    expect(await w.totals(licenceId)).toMatchObject(nothing);
    await expect(w.start()).rejects.toThrow(/ended on 2026-02-01/);
  });
});

describe('rules', () => {
  const everything = { instrumentId: null, experimentCode: null, templateSlug: null, validUntil: null };

  it('say what a licence pays for, up to how much, until they are ended', async () => {
    const facility = await w.give(HOUR_MS, { name: 'Facility' });
    const own = await w.give(HOUR_MS, { name: 'Own', owner: 'pi' });
    expect((await w.rowOf(await w.start())).licenceId).toBe(facility);
    const { ruleId } = await w.sponsorships.create(w.system, {
      ...{ ...everything, licenceId: facility, experimentCode: w.experiment.code.toLowerCase() },
      mostCpuMs: 2 * PROBE_CPU_MS,
    });
    const named = { template: false, experiment: true, instrument: false };
    const { sponsors } = await w.jobs.offer(w.as('pi'), {
      ...{ experimentId: w.experiment.id, datasetId: w.dataset.datasetId },
      templateSlug: PROBE_TEMPLATE.slug,
    });
    expect(sponsors.map(({ licenceId, rule }) => [licenceId, rule])).toEqual([
      [facility, named],
      [own, null],
    ]);
    const jobIds = [];
    for (let n = 0; n < 3; n++) jobIds.push(await w.start());
    const rules = jobIds.map(async (jobId) => (await w.jobs.get(w.as('pi'), { jobId })).payingRule);
    expect(await Promise.all(rules)).toEqual([named, named, null]);
    const paid = (await Promise.all(jobIds.map(w.rowOf))).map((row) => row.licenceId);
    expect(paid).toEqual([facility, facility, own]);
    await expect(w.start({ licenceId: facility })).rejects.toThrow(/of what the licence “Facility” pays for/);
    expect((await w.rowOf(await w.start({ licenceId: own }))).licenceId).toBe(own);
    await w.sponsorships.end(w.system, { ruleId });
    expect((await w.rowOf(await w.start())).licenceId).toBe(facility);
    const [rule] = await w.sponsorships.list(w.system, { licenceId: facility });
    expect(rule).toMatchObject({ usedCpuMs: 2 * PROBE_CPU_MS, experimentCode: w.experiment.code });
  });

  it('of a licence are kept by whose it is too, who can name no experiment that they do not see', async () => {
    const own = await w.give(HOUR_MS, { name: 'Own', owner: 'pi' });
    const facility = await w.give(HOUR_MS, { name: 'Facility' });
    const rule = { ...everything, licenceId: own, experimentCode: w.experiment.code, mostCpuMs: null };
    const [pi, stranger] = [w.as('pi'), w.as('stranger')];
    expect((await w.licences.mine(pi)).map(({ licenceId }) => licenceId)).toEqual([own]);
    expect(await w.licences.mine(stranger)).toEqual([]);
    const { ruleId } = await w.sponsorships.create(pi, rule);
    // Named more closely than what the facility's pays for: everything.
    expect((await w.rowOf(await w.start())).licenceId).toBe(own);
    expect(await codeOf(w.sponsorships.create(pi, { ...rule, licenceId: facility }))).toBe('NOT_FOUND');
    expect(await codeOf(w.sponsorships.create(stranger, rule))).toBe('NOT_FOUND');
    expect(await codeOf(w.sponsorships.list(stranger, { licenceId: own }))).toBe('NOT_FOUND');
    expect(await codeOf(w.sponsorships.end(stranger, { ruleId }))).toBe('NOT_FOUND');
    await w.sponsorships.end(pi, { ruleId });
    expect((await w.rowOf(await w.start())).licenceId).toBe(facility);

    // The same licence in the hands of somebody who does not see the experiment.
    await database.db.update(licence).set({ personId: w.people.stranger }).where(eq(licence.id, own));
    expect(await codeOf(w.sponsorships.create(stranger, rule))).toBe('BAD_INPUT');
    const [ended] = await w.sponsorships.list(stranger, { licenceId: own });
    expect(ended).toMatchObject({ ruleId, experimentCode: 'another experiment' });
    expect(JSON.stringify(ended)).not.toContain(w.experiment.id);
  });

  it('of other things pay nothing here, and a licence that does not pay for this cannot be chosen', async () => {
    const licenceId = await w.give(HOUR_MS);
    await w.sponsorships.create(w.system, {
      ...{ ...everything, licenceId, mostCpuMs: null, templateSlug: 'contract-probe' },
      validUntil: new Date(Date.now() + HOUR_MS),
    });
    const other = await w.prepare('Other');
    const elsewhere = await w.give(HOUR_MS, { name: 'For another experiment' });
    await w.sponsorships.create(w.system, {
      ...{ ...everything, licenceId: elsewhere, experimentCode: other.code, mostCpuMs: null },
    });
    expect((await w.rowOf(await w.start())).licenceId).toBe(licenceId);
    await expect(w.start({ licenceId: elsewhere })).rejects.toThrow(/does not pay for such a run/);
    await expect(w.start({ licenceId: w.system.newId() })).rejects.toThrow(/does not pay for such a run/);
    const wrong = { ...everything, licenceId, mostCpuMs: null, experimentCode: 'NOT26-00000' };
    expect(await codeOf(w.sponsorships.create(w.system, wrong))).toBe('BAD_INPUT');
    expect(await codeOf(w.sponsorships.create(w.as('pi'), { ...wrong, experimentCode: null }))).toBe(
      'NOT_FOUND',
    );
  });
});

describe('faults', () => {
  it('a worker killed between the end of a run and its charge: the next one charges it, once', async () => {
    const licenceId = await w.give(HOUR_MS);
    const jobId = await w.start();
    await w.startWaiting('killed');
    w.compute.end(refOf(jobId), 8 * SECOND);
    let dying: Promise<number> | undefined;
    await database.db.transaction(async (tx) => {
      // The worker has given the job its state and waits for the licence when its connection is cut.
      await tx.execute(sql`select 1 from licence where id = ${licenceId} for update`);
      dying = w.observe('killed');
      for (;;) {
        const { rows } = await tx.execute(sql`select pid from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock' and pid <> pg_backend_pid()`);
        if (rows.length > 0) break;
      }
      await tx.execute(sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and pid <> pg_backend_pid()`);
    });
    await dying;
    expect(await w.rowOf(jobId)).toMatchObject({ state: 'running', chargedCpuMs: null });
    expect(await w.totals(licenceId)).toMatchObject({ reservedCpuMs: PROBE_CPU_MS, settledCpuMs: 0 });
    await database.db.execute(
      sql`update job set lease_until = now() - interval '1 second' where id = ${jobId}`,
    );
    await Promise.all([w.observe('worker-b', w.newRuns()), w.observe('worker-c', w.newRuns())]);
    expect(await w.rowOf(jobId)).toMatchObject({ state: 'succeeded', chargedCpuMs: 8 * SECOND });
    expect(await w.totals(licenceId)).toMatchObject({ reservedCpuMs: 0, settledCpuMs: 8 * SECOND });
  });
});
