import type { JobDataset, JobRequest } from '../../../shared/contracts/job-run.ts';
import type { TemplateParameter } from '../../../shared/contracts/job-template.ts';
import type { ParameterValue, ParameterValues } from '../../../shared/contracts/parameter-values.ts';
import {
  type ScriptRun,
  type ScriptVariable,
  scriptLanguage,
  variableName,
} from '../../../shared/contracts/script-run.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Queryable } from '../../db/client.ts';
import { scriptFiles } from '../templates/use-template.ts';
import { datasetForRun, type RunJob } from './job-lease.repository.ts';
import { datasetPaths } from './named-inputs.repository.ts';
import { declaredParametersOf, namedDatasets } from './template-use.ts';

export async function readDataset(q: Queryable, datasetId: string): Promise<JobDataset> {
  const found = await datasetForRun(q, datasetId);
  if (!found) throw new AppError('NOT_FOUND', 'The dataset of the job is gone.');
  const { dataset, grid, masterPath, frames } = found;
  return {
    id: dataset.id,
    base: dataset.base,
    masterPath,
    channels: dataset.channels,
    geometry: dataset.geometry,
    framesExpected: dataset.framesExpected,
    framesStored: dataset.framesStored,
    isReceiving: dataset.state === 'receiving',
    grid,
    frames: frames.map(({ entries, ...row }) => ({
      ...row,
      entries: Buffer.from(entries).toString('base64'),
    })),
    masks: masterPath === null ? [] : dataset.masks,
  };
}

/** What the program of a job is told, as things are now. */
export async function buildRequest(q: Queryable, run: RunJob): Promise<JobRequest> {
  return {
    jobId: run.job.id,
    experimentCode: run.experimentCode,
    templateSlug: run.template.slug,
    templateVersion: run.template.version,
    parameters: run.job.parameters as ParameterValues,
    dataset: run.job.datasetId === null ? null : await readDataset(q, run.job.datasetId),
  };
}

/** What the variable of an input holds. Of an optional one that was not given: nothing, so that `[ -n "$JOB_INPUT_X" ]` asks for it. */
function variableOf(
  { name: parameter, type }: TemplateParameter,
  value: ParameterValue,
  pathsOf: ReadonlyMap<string, string>,
): ScriptVariable {
  const name = variableName(parameter);
  if (value === null) return { name, value: '' };
  switch (type) {
    case 'file':
    case 'folder':
      return { name, paths: [value as string] };
    case 'dataset':
    case 'datasets':
      return { name, paths: ([value].flat() as string[]).flatMap((id) => pathsOf.get(id) ?? []) };
    default:
      return { name, value: String(value) };
  }
}

/** How the script of a job is told what it is to do; null for a program that ships with the product. NOT_FOUND when a dataset is gone. */
export async function buildScript(q: Queryable, run: RunJob): Promise<ScriptRun | null> {
  const language = scriptLanguage(run.template.entry);
  if (language === null) return null;
  const declared = declaredParametersOf(run.template);
  const values = run.job.parameters as ParameterValues;
  const ids = namedDatasets(declared, values);
  const pathsOf = ids.length === 0 ? new Map<string, string>() : await datasetPaths(q, ids);
  if (ids.some((id) => !pathsOf.has(id))) throw new AppError('NOT_FOUND', 'A dataset of the job is gone.');
  return {
    language,
    files: await scriptFiles(q, run.template.id),
    variables: declared.map((parameter) => variableOf(parameter, values[parameter.name] ?? null, pathsOf)),
  };
}
