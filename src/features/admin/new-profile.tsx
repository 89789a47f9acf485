'use client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { fieldFaultsOf } from '#src/components/app-error-of.ts';
import { Button } from '#src/components/ui/button.tsx';
import { SubmitFooter } from '#src/components/ui/dialog.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Field, Input } from '#src/components/ui/input.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { useAdminFacility } from './admin-frame.tsx';
import { FormDialog, SubmittedForm } from './form-dialog.tsx';
import { typedAmount } from './licence-words.ts';

const EMPTY = { name: '', cpus: '', memoryGb: '', gpu: '', price: '' };
const FIELDS = [
  { name: 'cpus', label: 'CPUs', hint: 'Whole ones.' },
  { name: 'memoryGb', label: 'Memory, GB', hint: '1 GB = 10⁹ bytes.' },
  { name: 'gpu', label: 'GPU', hint: 'As the scheduler calls it; empty: none.' },
  { name: 'price', label: 'CPU hours per hour', hint: 'Empty: one per CPU.' },
] as const;

function ProfileForm({ onMade }: { onMade: (name: string) => void }) {
  const trpc = useTRPC();
  const { facilityId } = useAdminFacility();
  const create = useMutation(trpc.profiles.create.mutationOptions());
  const [typed, setTyped] = useState(EMPTY);
  const cpus = typedAmount(typed.cpus, 1);
  const memoryBytes = typedAmount(typed.memoryGb, 1e9);
  const priceMilli = typed.price.trim() === '' ? null : typedAmount(typed.price, 1000);
  const wrongPrice = typed.price.trim() !== '' && (priceMilli === null || priceMilli < 0);
  const isWhole = cpus !== null && cpus >= 1 && !/[.,]/.test(typed.cpus);
  const name = typed.name.trim();
  const ready = name !== '' && isWhole && memoryBytes !== null && memoryBytes > 0 && !wrongPrice;
  const faults = fieldFaultsOf(create.error);
  const submit = async () => {
    if (!ready) return;
    const gpu = typed.gpu.trim() || null;
    await create.mutateAsync({ facilityId, name, cpus, memoryBytes, gpu, priceMilli });
    onMade(name);
  };
  const input = (key: keyof typeof EMPTY, props: object) => (
    <Input
      {...props}
      autoComplete="off"
      maxLength={120}
      value={typed[key]}
      onChange={(event) => {
        create.reset();
        setTyped({ ...typed, [key]: event.currentTarget.value });
      }}
    />
  );
  return (
    <SubmittedForm submit={submit}>
      <Field label="Name" fault={faults.name}>
        {(props) => input('name', { ...props, required: true })}
      </Field>
      <div className="grid items-start gap-3 sm:grid-cols-2">
        {FIELDS.map(({ name: key, label, hint }) => (
          <Field
            key={key}
            label={label}
            hint={hint}
            fault={
              (key === 'price' && wrongPrice) || (key === 'cpus' && typed.cpus !== '' && !isWhole)
                ? 'Not a number that fits here.'
                : undefined
            }
          >
            {(props) => input(key, key === 'gpu' ? props : { ...props, inputMode: 'decimal' })}
          </Field>
        ))}
      </div>
      {isWhole && !wrongPrice && (
        <p className="text-ink-soft text-sm">
          An hour costs {(priceMilli ?? cpus * 1000) / 1000} CPU hours
          {priceMilli === null ? ', one per CPU' : ''}.
        </p>
      )}
      <FormFault error={create.error} isTold={faults.name !== undefined} />
      <SubmitFooter busy={create.isPending} disabled={!ready}>
        Make the profile
      </SubmitFooter>
    </SubmittedForm>
  );
}

export function NewProfile() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  return (
    <FormDialog
      opener={
        <Button look="primary">
          <Plus aria-hidden /> New profile
        </Button>
      }
      title="New profile"
      onDone={(name) => {
        toast.done(`“${name}” was made`);
        void queries.invalidateQueries(trpc.profiles.pathFilter());
      }}
      form={(onDone) => <ProfileForm onMade={onDone} />}
    />
  );
}
