'use client';
import { useMutation } from '@tanstack/react-query';
import { SlidersHorizontal } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { Dialog, DialogContent, DialogTrigger, SubmitFooter } from '#src/components/ui/dialog.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import {
  type ParameterDraft,
  ParameterField,
  parameterDraft,
  readParameters,
} from '#src/features/jobs/index.ts';
import { useTRPC } from '#src/features/shell/index.ts';
import type { ExperimentTrigger } from '#src/server/domain/triggers/triggers.service.ts';
import type { TemplateParameter } from '#src/shared/contracts/job-template.ts';
import type { ParameterValues } from '#src/shared/contracts/parameter-values.ts';

/** What may be set here: what is taken from the event stays so. */
const settable = ({ declared, taken }: ExperimentTrigger): TemplateParameter[] =>
  declared.filter(({ name, type }) => !Object.hasOwn(taken, name) && type !== 'dataset');

/** What is otherwise than the trigger has it at the instrument. */
function differing(values: ParameterValues, trigger: ExperimentTrigger): ParameterValues {
  const usual = (parameter: TemplateParameter) =>
    Object.hasOwn(trigger.parameters, parameter.name)
      ? trigger.parameters[parameter.name]
      : (parameter.default ?? null);
  const other = settable(trigger).filter(
    (parameter) => JSON.stringify(values[parameter.name] ?? null) !== JSON.stringify(usual(parameter)),
  );
  return Object.fromEntries(other.map(({ name }) => [name, values[name] ?? null]));
}

function OverrideForm({
  trigger,
  experimentId,
  refresh,
  onDone,
}: {
  trigger: ExperimentTrigger;
  experimentId: string;
  refresh: () => void;
  onDone: () => void;
}) {
  const trpc = useTRPC();
  const declared = settable(trigger);
  const now = { ...trigger.parameters, ...trigger.override?.parameters } as ParameterValues;
  const [draft, setDraft] = useState<ParameterDraft>(() => parameterDraft(declared, now));
  const [isAsked, setAsked] = useState(false);
  const save = useMutation(trpc.triggers.override.mutationOptions({ onSuccess: onDone, onSettled: refresh }));
  const { values, faults } = readParameters(declared, draft);
  return (
    <form
      noValidate
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (Object.keys(faults).length > 0) return;
        save.mutate({
          ...{ experimentId, triggerId: trigger.id, enabled: trigger.override?.enabled ?? null },
          parameters: differing(values, trigger),
        });
      }}
    >
      {declared.map((parameter) => (
        <ParameterField
          key={parameter.name}
          parameter={parameter}
          experimentId={experimentId}
          typed={draft[parameter.name] ?? ''}
          fault={isAsked ? faults[parameter.name] : undefined}
          onType={(typed) => setDraft({ ...draft, [parameter.name]: typed })}
        />
      ))}
      <FormFault error={save.error} />
      <SubmitFooter busy={save.isPending}>Save for this experiment</SubmitFooter>
    </form>
  );
}

/** Gives a trigger other constants in one experiment. */
export function OverrideDialog({
  trigger,
  ...place
}: {
  trigger: ExperimentTrigger;
  experimentId: string;
  refresh: () => void;
}) {
  const [open, setOpen] = useState(false);
  if (settable(trigger).length === 0) return null;
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button look="quiet" size="icon-sm" aria-label={`Parameters of ${trigger.name} in this experiment`}>
          <SlidersHorizontal aria-hidden />
        </Button>
      </DialogTrigger>
      <DialogContent
        title={`${trigger.name} in this experiment`}
        description={`What ${trigger.template.name} is given here. What is as at the instrument follows it.`}
      >
        <OverrideForm trigger={trigger} {...place} onDone={() => setOpen(false)} />
      </DialogContent>
    </Dialog>
  );
}
