'use client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { fieldFaultsOf } from '#src/components/app-error-of.ts';
import { SubmitFooter } from '#src/components/ui/dialog.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Field, Input } from '#src/components/ui/input.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { AdministeredInstrument } from '#src/server/domain/facilities/facility.types.ts';
import { useAdminFacility } from './admin-frame.tsx';
import { FormDialog, SubmittedForm } from './form-dialog.tsx';
import { typedAmount } from './licence-words.ts';

const slugOf = (name: string) =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 40);

function InstrumentForm({
  instrument,
  onDone,
}: {
  instrument: AdministeredInstrument | null;
  onDone: (name: string) => void;
}) {
  const trpc = useTRPC();
  const { facilityId } = useAdminFacility();
  const create = useMutation(trpc.facilities.createInstrument.mutationOptions());
  const change = useMutation(trpc.facilities.changeInstrument.mutationOptions());
  const [name, setName] = useState(instrument?.name ?? '');
  const [slug, setSlug] = useState<string | null>(null);
  const [description, setDescription] = useState(instrument?.description ?? '');
  const [promise, setPromise] = useState(String((instrument?.promiseMs ?? 3000) / 1000));
  const promiseMs = typedAmount(promise, 1000);
  const isPromise = promiseMs !== null && promiseMs >= 100 && promiseMs <= 3_600_000;
  const ready = name.trim() !== '' && isPromise;
  const fault = create.error ?? change.error;
  const faults = fieldFaultsOf(fault);
  const submit = async () => {
    if (!ready) return;
    const facts = { facilityId, name: name.trim(), description: description.trim(), promiseMs };
    if (instrument) await change.mutateAsync({ ...facts, instrumentId: instrument.instrumentId });
    else await create.mutateAsync({ ...facts, slug: slug ?? slugOf(name) });
    onDone(facts.name);
  };
  return (
    <SubmittedForm submit={submit}>
      <Field label="Name" fault={faults.name}>
        {(props) => (
          <Input
            {...props}
            required
            maxLength={80}
            autoComplete="off"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        )}
      </Field>
      {!instrument && (
        <Field
          label="Short name in addresses"
          hint="Lower-case letters, digits and hyphens. It stays: agents and bookmarks carry it."
          fault={faults.slug}
        >
          {(props) => (
            <Input
              {...props}
              required
              maxLength={40}
              autoComplete="off"
              className="font-mono"
              value={slug ?? slugOf(name)}
              onChange={(event) => setSlug(event.currentTarget.value)}
            />
          )}
        </Field>
      )}
      <Field label="Description">
        {(props) => (
          <Input
            {...props}
            maxLength={500}
            value={description}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
        )}
      </Field>
      <Field
        label="Latency promise, seconds"
        hint="From a file's last byte at the agent to readable in the store. The cockpit warns beyond it."
        fault={isPromise ? undefined : 'Between 0.1 and 3600 seconds.'}
      >
        {(props) => (
          <Input
            {...props}
            inputMode="decimal"
            value={promise}
            onChange={(event) => setPromise(event.currentTarget.value)}
          />
        )}
      </Field>
      <FormFault error={fault} isTold={faults.name !== undefined || faults.slug !== undefined} />
      <SubmitFooter busy={create.isPending || change.isPending} disabled={!ready}>
        {instrument ? 'Save' : 'Make the instrument'}
      </SubmitFooter>
    </SubmittedForm>
  );
}

/** Makes an instrument, or changes one. */
export function InstrumentDialog({
  instrument,
  trigger,
}: {
  instrument: AdministeredInstrument | null;
  trigger: ReactNode;
}) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  return (
    <FormDialog
      opener={trigger}
      title={instrument ? instrument.name : 'New instrument'}
      onDone={(name) => {
        toast.done(instrument ? `${name} was changed` : `${name} was made`);
        void queries.invalidateQueries(trpc.facilities.instruments.pathFilter());
        void queries.invalidateQueries(trpc.instruments.pathFilter());
      }}
      form={(onDone) => <InstrumentForm instrument={instrument} onDone={onDone} />}
    />
  );
}
