import { randomUUID } from 'node:crypto';
import { eventually, type FacilityApi } from '#scripts/lib/facility-api.ts';
import { withConnection } from '#src/server/db/connection.ts';
import { GROWING_CONTENT } from '#src/testing/growing-template.ts';
import { PROBE_TEMPLATE } from '#src/testing/probe-template.ts';
import type { Installation } from './installation.ts';

const JOB_WITHIN_MS = 300_000;

/** A job that failed in earnest: of the template that behaves as it is told, which no installation has by itself. */
export async function failedJob(
  { api, database }: Installation,
  of: { experimentId: string; datasetId: string },
): Promise<string> {
  const owner = await api('scientist');
  const { slug, version, name, description, entry, parameters, metrics } = PROBE_TEMPLATE;
  const failed = async () => {
    const { items } = await owner.jobs.list.query({
      experimentId: of.experimentId,
      states: ['failed'],
      limit: 200,
    });
    return items.find(({ templateSlug }) => templateSlug === slug)?.id ?? null;
  };
  const there = await failed();
  if (there !== null) return there;
  await withConnection(database, (client) =>
    client.query(
      `insert into job_template (id, slug, version, name, description, entry, parameters, metrics, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, now()) on conflict (slug, version) do nothing`,
      [
        ...[randomUUID(), slug, version, name, description, entry],
        ...[JSON.stringify(parameters), JSON.stringify(metrics)],
      ],
    ),
  );
  await owner.jobs.runTemplate.mutate({ ...of, templateSlug: slug, parameters: { behaviour: 'exit-code' } });
  return eventually('a failed job', JOB_WITHIN_MS, failed);
}

/** Runs of a template of their own whose results grow: one that goes on, and two that have ended. */
export async function growingJobs(
  owner: FacilityApi,
  of: { experimentId: string },
): Promise<{ growingJobId: string; comparedJobIds: string[] }> {
  const { name } = GROWING_CONTENT;
  const mine = (await owner.templates.list.query()).find((each) => each.isMine && each.name === name);
  const { slug } = mine ?? (await owner.templates.create.mutate({ content: GROWING_CONTENT }));
  const run = (parameters: Record<string, number>, parentJobId?: string) =>
    owner.jobs.runTemplate.mutate({ ...of, templateSlug: slug, parameters, parentJobId });
  const { jobId: first } = await run({ rounds: 3 });
  const { jobId: second } = await run({ rounds: 7 }, first);
  const { jobId: growingJobId } = await run({ rounds: 1000, pause: 0.4 }, first);
  await eventually('results of a job that goes on', JOB_WITHIN_MS, async () => {
    const { state, plots } = await owner.jobs.get.query({ jobId: growingJobId });
    return state === 'running' && plots.length > 0 ? true : null;
  });
  return { growingJobId, comparedJobIds: [first, second, growingJobId] };
}

/** A job that a trigger started although nobody pays: the facility's licence is emptied until one has begun. */
export async function jobOnGrace(
  admin: FacilityApi,
  staff: FacilityApi,
  of: { experimentId: string; licenceId: string },
): Promise<string> {
  const { licenceId, experimentId } = of;
  const onGrace = async () => {
    const { items } = await staff.jobs.list.query({ experimentId, limit: 200 });
    return items.find(({ overAllowance }) => overAllowance)?.id ?? null;
  };
  const there = await onGrace();
  if (there !== null) return there;
  const grant = (cpuMs: number) =>
    admin.licences.grant.mutate({ licenceId, grantId: randomUUID(), cpuMs, reason: 'for the pictures' });
  // A job that starts in between sets some aside: what is left then is looked at anew.
  const taken = await eventually('an empty licence', 60_000, async () => {
    const { licence } = await admin.licences.use.query({ licenceId });
    const left = licence.grantedCpuMs - licence.reservedCpuMs - licence.settledCpuMs;
    return await grant(-left).then(
      () => left,
      () => null,
    );
  });
  try {
    return await eventually('a job on grace', JOB_WITHIN_MS, onGrace);
  } finally {
    await grant(taken);
  }
}

/** Lets the licence of the facility cover so much that `share` of it is in use; answers how to take that back. */
export async function storageFilledTo(
  admin: FacilityApi,
  { facilityId, licenceId }: { facilityId: string; licenceId: string },
  share: number,
): Promise<() => Promise<void>> {
  const { licence } = await admin.licences.use.query({ licenceId });
  const { hotBytes: used } = await admin.licences.storage.query({ facilityId });
  const { archiveBytes, processingWindowDays, validUntil } = licence;
  const terms = { licenceId, archiveBytes, processingWindowDays, validUntil, expectedValidUntil: validUntil };
  const set = async (hotBytes: number) => {
    await admin.licences.changeTerms.mutate({ ...terms, hotBytes });
  };
  await set(Math.floor(used / share));
  return () => set(licence.hotBytes);
}
