import { eq } from 'drizzle-orm';
import type { Database } from '../server/db/client.ts';
import { job, ledgerEntry, licence, person } from '../server/db/schema/index.ts';
import { createLicencesService } from '../server/domain/accounting/licences.service.ts';
import { createProfilesService } from '../server/domain/accounting/profiles.service.ts';
import { createSponsorshipService } from '../server/domain/accounting/sponsorship.service.ts';
import { createJobRunsService } from '../server/domain/jobs/job-runs.service.ts';
import { createJobsService } from '../server/domain/jobs/jobs.service.ts';
import { createLogger } from '../server/observability/logger.ts';
import { ingestWorld } from './ingest-world.ts';
import { PROBE_TEMPLATE } from './probe-template.ts';
import { scriptedCompute } from './scripted-compute.ts';
import { testContext } from './test-context.ts';
import type { TestStore } from './test-store.ts';

/** The probe's time limit on one CPU: what is set aside for a run of it, as long as no past runs say less. */
export const PROBE_CPU_MS = PROBE_TEMPLATE.timeLimitS * 1000;

/** A facility that measures, with runs that end when a test says so: for what is charged to whom. */
export async function chargingWorld(db: Database, { store }: Pick<TestStore, 'store'>) {
  const system = testContext();
  const w = await ingestWorld(db, store);
  const compute = scriptedCompute();
  const jobs = createJobsService({ db });
  const templates = [PROBE_TEMPLATE];
  const newRuns = (on = compute) =>
    createJobRunsService({
      ...{ db, compute: on, store, files: w.files, templates },
      log: createLogger('test', 'silent'),
    });
  const runs = newRuns();
  await jobs.ensureBuiltInTemplates(system, templates);
  const licences = createLicencesService({ db });
  const profiles = createProfilesService({ db });
  const sponsorships = createSponsorshipService({ db });
  const experiment = await w.activate('2026-01-01T00:00:00Z');

  const [pi] = await db.select({ email: person.email }).from(person).where(eq(person.id, w.people.pi));
  const piEmail = pi!.email;

  const openDataset = () => w.ingest.openSeries(w.agentContext, w.series());
  const dataset = await openDataset();
  /** A dataset that triggers start jobs for. */
  async function endedDataset() {
    const opened = await openDataset();
    await w.ingest.endSeries(w.agentContext, {
      datasetId: opened.datasetId,
      endedAt: new Date().toISOString(),
      ending: 'end-message',
      framesReceived: 0,
      missing: [],
      lost: [],
    });
    return opened;
  }

  /** A licence of the facility, or of the PI, with so much CPU time. */
  async function give(
    cpuMs: number,
    input: { owner?: 'facility' | 'pi'; name?: string; validUntil?: string; hotBytes?: number } = {},
  ): Promise<string> {
    const { owner = 'facility', name = 'Year', validUntil = '2099-01-01T00:00:00Z', hotBytes = 0 } = input;
    const { licenceId } = await licences.create(system, {
      facilityId: w.facility.id,
      name,
      owner: owner === 'facility' ? { kind: 'facility' } : { kind: 'user', email: piEmail },
      validFrom: new Date('2025-01-01T00:00:00Z'),
      validUntil: new Date(validUntil),
      ...{ cpuMs, hotBytes, archiveBytes: 0, processingWindowDays: null },
    });
    return licenceId;
  }

  const start = async (choice: { profileId?: string; licenceId?: string } = {}, on = jobs) =>
    (
      await on.runTemplate(w.as('pi'), {
        ...{ experimentId: experiment.id, datasetId: dataset.datasetId },
        ...{ templateSlug: PROBE_TEMPLATE.slug, ...choice },
      })
    ).jobId;
  const rowOf = async (jobId: string) => (await db.select().from(job).where(eq(job.id, jobId)))[0]!;
  const entriesOf = async (jobId: string) => {
    const rows = await db.select().from(ledgerEntry).where(eq(ledgerEntry.runId, jobId));
    return Object.fromEntries(rows.map(({ kind, cpuMs }) => [kind, cpuMs]));
  };
  const totals = async (licenceId: string) => {
    const [row] = await db.select().from(licence).where(eq(licence.id, licenceId));
    const { grantedCpuMs, reservedCpuMs, settledCpuMs } = row!;
    return { grantedCpuMs, reservedCpuMs, settledCpuMs };
  };
  /** Gives what waits to the driver and sees it running. */
  async function startWaiting(owner = 'worker-a') {
    await runs.submitWaiting(system, { owner });
    await runs.observeRuns(system, { owner });
  }
  const observe = (owner = 'worker-a', on = runs) => on.observeRuns(system, { owner });

  return {
    ...w,
    ...{ system, compute, jobs, runs, newRuns, licences, profiles, sponsorships, experiment, dataset },
    ...{ endedDataset, give, start, rowOf, entriesOf, totals, startWaiting, observe },
  };
}
export type ChargingWorld = Awaited<ReturnType<typeof chargingWorld>>;
