import type { TemplateDefinition } from '../../../shared/contracts/job-template.ts';
import { scriptLanguage } from '../../../shared/contracts/script-run.ts';
import { missingSentence } from '../../../shared/contracts/template-requirement.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { ComputeDriver, RunRequest } from '../../compute/compute.port.ts';
import type { Queryable } from '../../db/client.ts';
import type { ObjectStore } from '../../storage/object-store.port.ts';
import { networkLack } from '../templates/network-permission.ts';
import { requirementsOf } from '../templates/template-checks.ts';
import { buildRequest, buildScript } from './job-input.ts';
import type { RunJob } from './job-lease.repository.ts';
import { nextRunRef } from './run-attempt.ts';

export interface RunRequestDeps {
  compute: Pick<ComputeDriver, 'missing'>;
  store: Pick<ObjectStore, 'localTree'>;
  templates: readonly TemplateDefinition[];
}

/** What every run may have, whatever its profile: far above what programs need, far below what harms a machine. */
const MAX_PROCESSES = 1024;
const MAX_OUTPUT_BYTES = 20 * 1024 ** 3;
const MAX_OUTPUT_FILES = 10_000;

type RunProgram = Pick<TemplateDefinition, 'entry' | 'timeLimitS' | 'memoryLimitBytes' | 'follows'>;

/** Its limits are those of its version; a program that ships with the product is as this version of the product has it. */
function programOf(run: RunJob, templates: readonly TemplateDefinition[]): RunProgram {
  if (scriptLanguage(run.template.entry) !== null) return run.template;
  const found = templates.find((definition) => definition.entry === run.template.entry);
  if (!found) throw new AppError('BAD_INPUT', `This version has no template "${run.template.entry}".`);
  return found;
}

/**
 * Whether its program goes on while its dataset grows, and is told what is stored meanwhile. Not one that is started every so many frames:
 * the next looks at those that come.
 */
export const followsDataset = (
  { job, template, triggerEvent }: Pick<RunJob, 'job' | 'template' | 'triggerEvent'>,
  templates: readonly TemplateDefinition[],
): boolean =>
  job.datasetId !== null &&
  triggerEvent !== 'dataset.frames' &&
  templates.some(({ entry, follows }) => entry === template.entry && follows);

/** What the driver is to run for a job, as things are now. Throws what a person is told when it cannot be run here. */
export async function runRequestOf(
  q: Queryable,
  { compute, store, templates }: RunRequestDeps,
  run: RunJob,
): Promise<RunRequest> {
  const { entry, timeLimitS, memoryLimitBytes } = programOf(run, templates);
  const missing = await compute.missing(requirementsOf(run.template));
  if (missing.length > 0) throw new AppError('UNAVAILABLE', missingSentence(missing));
  // What was allowed when the job was made may have been forbidden since.
  const lack = await networkLack(q, run.template, run.job.experimentId);
  if (lack) throw lack;
  const treeDir = store.localTree(run.experimentCode);
  if (treeDir === null)
    throw new AppError(
      'UNAVAILABLE',
      'The store has no files for jobs to read: mount the bucket and set BEAMDECK_S3_MOUNT_DIR.',
    );
  return {
    runRef: nextRunRef(run.job.id, run.job.runRef),
    entry,
    script: await buildScript(q, run),
    job: await buildRequest(q, run),
    treeDir,
    network: run.template.network,
    isFed: followsDataset(run, templates),
    // What the profile gives and is paid for, also where the template would take less.
    limits: {
      timeS: timeLimitS,
      cpus: run.profile?.cpus ?? 1,
      memoryBytes: run.profile?.memoryBytes ?? memoryLimitBytes,
      processes: MAX_PROCESSES,
      outputBytes: MAX_OUTPUT_BYTES,
      outputFiles: MAX_OUTPUT_FILES,
    },
  };
}
