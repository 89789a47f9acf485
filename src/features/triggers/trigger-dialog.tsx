'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { appErrorOf, fieldFaultsOf } from '#src/components/app-error-of.ts';
import { Dialog, DialogContent, DialogTrigger, SubmitFooter } from '#src/components/ui/dialog.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { TriggerChoices, TriggerDetail } from '#src/server/domain/triggers/triggers.service.ts';
import { askedParameters, EMPTY_FORM, formOf, readForm } from './trigger-draft.ts';
import { ConditionFields, EventFields, TemplateFields, WayFields } from './trigger-fields.tsx';

/** Faults of parameters as the server found them, by the fields of the form. */
function parameterFaultsOf(error: unknown): Readonly<Record<string, string>> {
  const told = appErrorOf(error)?.details?.parameters;
  const faults = typeof told === 'object' && told !== null ? Object.entries(told) : [];
  return Object.fromEntries(faults.map(([name, text]) => [`parameters.${name}`, String(text)]));
}

interface TriggerOf {
  strategy: { id: string; name: string };
  /** Null: a new one. */
  trigger: TriggerDetail | null;
  refresh: () => void;
}

function TriggerForm({
  strategy,
  trigger,
  refresh,
  choices,
  onDone,
}: TriggerOf & { choices: TriggerChoices; onDone: () => void }) {
  const trpc = useTRPC();
  const [form, setForm] = useState(trigger ? formOf(trigger) : EMPTY_FORM);
  const [isAsked, setAsked] = useState(false);
  const done = { onSuccess: onDone, onSettled: refresh };
  const add = useMutation(trpc.triggers.addTrigger.mutationOptions(done));
  const change = useMutation(trpc.triggers.changeTrigger.mutationOptions(done));
  const template = choices.templates.find(({ slug }) => slug === form.template);
  const { draft, faults } = readForm(form, askedParameters(template));
  const error = add.error ?? change.error;
  const told = { ...fieldFaultsOf(error), ...parameterFaultsOf(error) };
  const fields = {
    form,
    choices,
    faults: { ...told, ...(isAsked ? faults : {}) },
    set: (part: Partial<typeof form>) => setForm({ ...form, ...part }),
  };
  return (
    <form
      noValidate
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (!draft) return;
        if (trigger) change.mutate({ triggerId: trigger.id, version: trigger.version, draft });
        else add.mutate({ strategyId: strategy.id, draft });
      }}
    >
      <EventFields {...fields} />
      <TemplateFields {...fields} />
      <ConditionFields {...fields} />
      <WayFields {...fields} />
      <FormFault error={error} isTold={Object.keys(told).length > 0} />
      <SubmitFooter busy={add.isPending || change.isPending}>{trigger ? 'Save' : 'Add trigger'}</SubmitFooter>
    </form>
  );
}

/** Adds a trigger to a strategy, or writes one anew. What was typed stays when the server finds a fault. */
export function TriggerDialog({
  instrumentId,
  opener,
  ...of
}: TriggerOf & { instrumentId: string; opener: ReactNode }) {
  const trpc = useTRPC();
  const [open, setOpen] = useState(false);
  const choices = useQuery(trpc.triggers.choices.queryOptions({ instrumentId }, { enabled: open }));
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>{opener}</DialogTrigger>
      <DialogContent
        className="max-w-2xl"
        title={of.trigger ? `Trigger ${of.trigger.name}` : `New trigger in ${of.strategy.name}`}
        description="Starts a job by itself; what happens from now on is judged by it."
      >
        {choices.isPending && <SkeletonRows rows={6} />}
        {choices.isError && <ErrorState error={choices.error} retry={() => void choices.refetch()} />}
        {choices.data && <TriggerForm {...of} choices={choices.data} onDone={() => setOpen(false)} />}
      </DialogContent>
    </Dialog>
  );
}
