import type { TemplateParameter } from '#src/shared/contracts/job-template.ts';
import type { ParameterValues } from '#src/shared/contracts/parameter-values.ts';
import { parameterText } from './parameter-words.ts';

/** What a run was given, as far as two of them can differ. */
export interface GivenRun {
  templateName: string;
  /** Null: it is not decided yet, or does not matter. */
  templateVersion: number | null;
  profileName: string | null;
  sponsorName: string | null;
  parameters: ParameterValues;
  declaredParameters: readonly TemplateParameter[];
}

export interface RunDifference {
  label: string;
  before: string;
  after: string;
}

/** What a run was given otherwise than the one before it, in the order of the form; inputs that only one of them has too. */
export function runDifferences(
  before: GivenRun,
  after: GivenRun,
  datasets: Readonly<Record<string, string>>,
): RunDifference[] {
  const found: RunDifference[] = [];
  const compare = (label: string, was: string, is: string) => {
    if (was !== is) found.push({ label, before: was, after: is });
  };
  const versions = before.templateVersion !== null && after.templateVersion !== null;
  const template = ({ templateName, templateVersion }: GivenRun) =>
    versions ? `${templateName} ${templateVersion}` : templateName;
  compare('Template', template(before), template(after));
  const declaredBefore = new Map(before.declaredParameters.map((each) => [each.name, each]));
  const textOf = (declared: TemplateParameter | undefined, values: ParameterValues) =>
    declared ? parameterText(declared, values[declared.name], datasets) : '—';
  for (const declared of after.declaredParameters) {
    const was = declaredBefore.get(declared.name);
    declaredBefore.delete(declared.name);
    compare(declared.label, textOf(was, before.parameters), textOf(declared, after.parameters));
  }
  for (const declared of declaredBefore.values()) {
    compare(declared.label, textOf(declared, before.parameters), '—');
  }
  compare('Size', before.profileName ?? '1 CPU', after.profileName ?? '1 CPU');
  compare('Paid by', before.sponsorName ?? 'nobody', after.sponsorName ?? 'nobody');
  return found;
}

/** "Resolution limit 2 Å → 1.8 Å". */
export const differenceWords = ({ label, before, after }: RunDifference): string =>
  `${label} ${before} → ${after}`;
