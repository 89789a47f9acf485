'use client';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { fieldFaultsOf } from '#src/components/app-error-of.ts';
import { MadeOnceDialog } from '#src/components/made-once-dialog.tsx';
import { ChoiceList } from '#src/components/ui/choice-list.tsx';
import { SubmitFooter } from '#src/components/ui/dialog.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Field, Input } from '#src/components/ui/input.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { LicenceMade } from './licence-made.tsx';
import { PROPOSED_FOLDERS, TermsFields, useTerms, validTerms } from './licence-terms.tsx';

const KINDS = [
  {
    value: 'hub',
    label: 'HUB',
    means: 'Takes the streams of detectors, and files that land in a folder of its own.',
  },
  { value: 'sync', label: 'SYNC', means: 'Watches folders on a computer of the instrument.' },
] as const;

/** Makes an agent of the instrument and hands out its licence. */
export function NewAgent({
  instrument,
  trigger,
  refresh,
}: {
  instrument: { id: string; name: string };
  trigger: ReactNode;
  refresh: () => void;
}) {
  const trpc = useTRPC();
  const [open, setOpen] = useState(false);
  const [kind, setKind] = useState<'hub' | 'sync'>('hub');
  const [name, setName] = useState('');
  const [terms, setTerms] = useTerms(PROPOSED_FOLDERS.hub);
  const create = useMutation(trpc.agents.create.mutationOptions({ onSuccess: refresh }));
  const valid = validTerms(terms);
  const chooseKind = (next: 'hub' | 'sync') => {
    // What was ticked by hand stays.
    if (terms.folders.join() === PROPOSED_FOLDERS[kind].join())
      setTerms({ ...terms, folders: [...PROPOSED_FOLDERS[next]] });
    setKind(next);
  };
  const nameFault = fieldFaultsOf(create.error).name;
  return (
    <MadeOnceDialog
      open={open}
      onOpen={setOpen}
      onClosed={() => {
        create.reset();
        setName('');
      }}
      trigger={trigger}
      title={create.data ? `Licence of ${name.trim()}` : `New agent of ${instrument.name}`}
      isMade={create.data !== undefined}
    >
      {create.data ? (
        <LicenceMade kind={kind} licence={create.data} />
      ) : (
        <form
          className="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            if (valid) create.mutate({ instrumentId: instrument.id, kind, name: name.trim(), ...valid });
          }}
        >
          <ChoiceList label="Kind" value={kind} onChoose={chooseKind} choices={KINDS} />
          <Field
            label="Name"
            hint="As the cockpit calls it; one of its kind at the instrument."
            fault={nameFault}
          >
            {(props) => (
              <Input
                {...props}
                required
                maxLength={80}
                autoComplete="off"
                placeholder={kind === 'hub' ? 'HUB' : 'SYNC of the control computer'}
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
              />
            )}
          </Field>
          <TermsFields terms={terms} onTerms={setTerms} />
          <FormFault error={create.error} isTold={nameFault !== undefined} />
          <SubmitFooter busy={create.isPending} disabled={!valid || name.trim() === ''}>
            Make the agent and its licence
          </SubmitFooter>
        </form>
      )}
    </MadeOnceDialog>
  );
}
