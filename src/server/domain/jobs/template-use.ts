import { type TemplateParameter, templateParameterSchema } from '../../../shared/contracts/job-template.ts';
import {
  datasetParameterOf,
  type ParameterValues,
  resolveParameters,
} from '../../../shared/contracts/parameter-values.ts';
import { scriptLanguage } from '../../../shared/contracts/script-run.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Queryable } from '../../db/client.ts';
import type { TemplateRow } from './job-template.repository.ts';
import { absentDatasets, absentPaths } from './named-inputs.repository.ts';

export const declaredParametersOf = (row: { parameters: unknown }): TemplateParameter[] =>
  templateParameterSchema.array().parse(row.parameters);

function refuseFaults(faults: Record<string, string>): void {
  const texts = Object.values(faults);
  if (texts.length === 0) return;
  throw new AppError('BAD_INPUT', { message: texts.join(' '), details: { parameters: faults } });
}

/** A program that ships with the product looks at one dataset; a script at what it declares. */
export const needsDataset = (template: Pick<TemplateRow, 'entry'>): boolean =>
  scriptLanguage(template.entry) === null;

/** Of the paths and datasets among the values, those that the experiment does not have, each with a sentence. */
async function absentInputs(
  q: Queryable,
  experimentId: string,
  declared: readonly TemplateParameter[],
  values: ParameterValues,
): Promise<Record<string, string>> {
  const faults: Record<string, string> = {};
  const given = declared.filter(({ name }) => values[name] !== null);
  for (const { name, label, type } of given) {
    const value = values[name];
    if (type === 'file' || type === 'folder') {
      const [absent] = await absentPaths(q, experimentId, type, [value as string]);
      if (absent !== undefined) faults[name] = `${label}: the experiment has no ${type} ${absent}.`;
    } else if (type === 'dataset' || type === 'datasets') {
      const ids = [value].flat() as string[];
      const absent = await absentDatasets(q, experimentId, ids);
      if (absent.length > 0) faults[name] = `${label}: there is no such dataset in this experiment.`;
    }
  }
  return faults;
}

/**
 * What was given with the defaults of the rest, and the dataset the run is about: where the template asks for one and it was not given among the
 * parameters, it is `datasetId`. BAD_INPUT names every fault: files, folders and datasets must be in the experiment.
 */
export async function checkedInputs(
  q: Queryable,
  run: { experimentId: string; template: TemplateRow; datasetId: string | null },
  given: Record<string, unknown>,
): Promise<{ parameters: ParameterValues; datasetId: string | null }> {
  const { experimentId, template } = run;
  const declared = declaredParametersOf(template);
  const dataset = datasetParameterOf(declared);
  const filled = dataset && run.datasetId !== null ? { [dataset.name]: run.datasetId, ...given } : given;
  const { values, faults } = resolveParameters(declared, filled);
  refuseFaults(faults);
  refuseFaults(await absentInputs(q, experimentId, declared, values));
  const own = dataset ? (values[dataset.name] as string | null) : null;
  return { parameters: values, datasetId: own ?? run.datasetId };
}

/** The ids of the datasets that a run was given among its parameters. */
export const namedDatasets = (declared: readonly TemplateParameter[], values: ParameterValues): string[] =>
  declared
    .filter(({ type }) => type === 'dataset' || type === 'datasets')
    .flatMap(({ name }) => (values[name] as string[] | string | null | undefined) ?? []);
