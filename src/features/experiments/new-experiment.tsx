'use client';
import { useMutation } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { fieldFaultsOf } from '#src/components/app-error-of.ts';
import { useFacilityZone } from '#src/components/facility-zone.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Dialog, DialogContent, DialogTrigger, SubmitFooter } from '#src/components/ui/dialog.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Field, Input, NativeSelect } from '#src/components/ui/input.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { StrategyField } from '#src/features/triggers/index.ts';
import { EMPTY_DRAFT, fieldsOf } from './experiment-draft.ts';
import { ExperimentFields, useExperimentDraft } from './experiment-fields.tsx';

interface InstrumentChoice {
  id: string;
  name: string;
}

/** For staff: an experiment in Preparation, whose PI becomes Owner. What was typed stays when the server finds a fault. */
export function NewExperiment({
  instruments,
  onMade,
}: {
  instruments: readonly InstrumentChoice[];
  onMade: () => void;
}) {
  const trpc = useTRPC();
  const router = useRouter();
  const zone = useFacilityZone();
  const [open, setOpen] = useState(false);
  const [instrumentId, setInstrumentId] = useState(instruments[0]?.id ?? '');
  const [piEmail, setPiEmail] = useState('');
  const [strategyId, setStrategyId] = useState('');
  const form = useExperimentDraft(EMPTY_DRAFT);
  const create = useMutation(
    trpc.experiments.create.mutationOptions({
      onSuccess: (made) => {
        setOpen(false);
        form.reset(EMPTY_DRAFT);
        setPiEmail('');
        setStrategyId('');
        toast.done(`${made.code} was created`);
        onMade();
        router.push(`/experiments/${made.code}`);
      },
    }),
  );
  const faults = create.isError ? fieldFaultsOf(create.error) : {};
  const known = Object.keys(faults).length > 0;
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button look="primary">
          <Plus aria-hidden /> New experiment
        </Button>
      </DialogTrigger>
      <DialogContent
        title="New experiment"
        description="One visit or measurement session. It begins in Preparation."
      >
        <form
          noValidate
          className="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            form.showAll();
            if (!form.isRight) return;
            const { piName: _, ...fields } = fieldsOf(form.draft, zone);
            create.mutate({ ...fields, instrumentId, piEmail, strategyId: strategyId || null });
          }}
        >
          {instruments.length > 1 && (
            <Field label="Instrument">
              {(props) => (
                <NativeSelect
                  {...props}
                  value={instrumentId}
                  onChange={(event) => {
                    setInstrumentId(event.currentTarget.value);
                    setStrategyId('');
                  }}
                >
                  {instruments.map((each) => (
                    <option key={each.id} value={each.id}>
                      {each.name}
                    </option>
                  ))}
                </NativeSelect>
              )}
            </Field>
          )}
          <ExperimentFields
            form={form}
            serverFaults={faults}
            mayPlan
            pi={
              <Field
                label="Principal investigator"
                hint="E-mail of an account; becomes Owner."
                fault={faults.piEmail}
              >
                {(props) => (
                  <Input
                    {...props}
                    type="email"
                    autoComplete="off"
                    value={piEmail}
                    onChange={(event) => setPiEmail(event.currentTarget.value)}
                  />
                )}
              </Field>
            }
          />
          {open && (
            <StrategyField
              instrumentId={instrumentId}
              chosen={strategyId}
              unchosen="the default of the instrument"
              onChoose={setStrategyId}
            />
          )}
          <FormFault error={create.error} isTold={known} />
          <SubmitFooter busy={create.isPending}>Create experiment</SubmitFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}
