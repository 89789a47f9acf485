'use client';
import { useId } from 'react';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { variableName } from '#src/shared/contracts/script-run.ts';
import type { InputDraft } from './template-draft.ts';

const GIVEN = ['JOB_WORK_DIR', 'JOB_OUTPUT_DIR', 'JOB_TEMPLATE_DIR'];
const REPORTS = ['JOB_PROGRESS_FILE', 'JOB_METRICS_FILE', 'JOB_PLOTS_FILE'];

/** The script as it is written, with the variables it may use beside it. */
export function ScriptField({
  name,
  inputs,
  value,
  onType,
}: {
  name: string;
  inputs: readonly Pick<InputDraft, 'name'>[];
  value: string;
  onType: (script: string) => void;
}) {
  const id = useId();
  const ofInputs = inputs.map((input) => input.name).filter((each) => /^[a-z][A-Za-z0-9]*$/.test(each));
  return (
    <Card>
      <CardHeader title={<label htmlFor={id}>Script</label>} hint={name} />
      <textarea
        id={id}
        aria-describedby={`${id}-variables`}
        className="block min-h-96 w-full resize-y bg-surface p-3 font-mono text-xs leading-5 focus-visible:outline-offset-[-2px] [tab-size:4]"
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        wrap="off"
        value={value}
        onChange={(event) => onType(event.currentTarget.value)}
      />
      <div id={`${id}-variables`} className="flex flex-wrap gap-x-3 gap-y-1 border-t px-3 py-2 text-xs">
        {[...GIVEN, ...REPORTS, ...ofInputs.map(variableName)].map((variable) => (
          <code key={variable} className="text-ink-soft">
            {variable}
          </code>
        ))}
        <span className="text-ink-faint">
          Progress, metrics and plots: one JSON object a line, appended to their files. An example to copy is
          in docs/templates.md.
        </span>
      </div>
    </Card>
  );
}
