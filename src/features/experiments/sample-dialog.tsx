'use client';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { fieldFaultsOf } from '#src/components/app-error-of.ts';
import { Dialog, DialogContent, DialogTrigger, SubmitFooter } from '#src/components/ui/dialog.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Field, Input, NativeSelect, Textarea } from '#src/components/ui/input.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { ListedSample } from '#src/server/domain/experiments/sample.repository.ts';
import { sampleInputSchema } from '#src/shared/model/sample-fields.ts';

const FIELDS = [
  { name: 'protein', label: 'Protein', hint: 'Acronym.' },
  { name: 'container', label: 'Container', hint: 'Puck or plate.' },
  { name: 'position', label: 'Position' },
  { name: 'barcode', label: 'Barcode' },
  { name: 'safety', label: 'Safety', hint: 'What its handler must know. Shown only.' },
] as const;

type Draft = Record<'name' | 'parent' | 'comment' | (typeof FIELDS)[number]['name'], string>;

const draftOf = (sample: ListedSample | null): Draft => ({
  name: sample?.name ?? '',
  parent: sample?.parentName ?? '',
  protein: sample?.protein ?? '',
  container: sample?.container ?? '',
  position: sample?.position ?? '',
  barcode: sample?.barcode ?? '',
  safety: sample?.safety ?? '',
  comment: sample?.comment ?? '',
});

function faultsOf(draft: Draft, taken: ReadonlySet<string>): Partial<Draft> {
  const parsed = sampleInputSchema.safeParse(draft);
  if (parsed.success)
    return taken.has(parsed.data.name) ? { name: `There is a sample “${parsed.data.name}” already.` } : {};
  return Object.fromEntries(parsed.error.issues.map(({ path, message }) => [String(path[0]), message]));
}

/** A new sample, or the fields of one that is there. */
export function SampleDialog({
  experimentId,
  sample,
  samples,
  trigger,
  onSaved,
}: {
  experimentId: string;
  /** Null: a new one. */
  sample: ListedSample | null;
  samples: readonly ListedSample[];
  trigger: ReactNode;
  onSaved: () => void;
}) {
  const trpc = useTRPC();
  const [open, setOpen] = useState(false);
  const [draft, setDraft] = useState(() => draftOf(sample));
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const done = () => {
    setOpen(false);
    toast.done(`${draft.name} was saved`);
  };
  const add = useMutation(
    trpc.experiments.upsertSamples.mutationOptions({ onSuccess: done, onSettled: onSaved }),
  );
  const edit = useMutation(
    trpc.experiments.editSample.mutationOptions({ onSuccess: done, onSettled: onSaved }),
  );
  const failed = add.error ?? edit.error;
  const others = samples.filter(({ id }) => id !== sample?.id);
  const found = faultsOf(draft, new Set(others.map(({ name }) => name)));
  const serverFaults = failed ? fieldFaultsOf(failed) : {};
  const faultOf = (name: keyof Draft) =>
    (touched.has(name) ? found[name] : undefined) ?? serverFaults[name] ?? serverFaults[`samples.0.${name}`];
  const set = (name: keyof Draft, value: string) => {
    setDraft({ ...draft, [name]: value });
    setTouched(new Set(touched).add(name));
  };
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        if (!next) return;
        setDraft(draftOf(sample));
        setTouched(new Set());
        add.reset();
        edit.reset();
      }}
    >
      <DialogTrigger asChild>{trigger}</DialogTrigger>
      <DialogContent title={sample ? `Sample ${sample.name}` : 'New sample'}>
        <form
          noValidate
          className="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            setTouched(new Set(Object.keys(draft)));
            if (Object.keys(found).length > 0) return;
            if (sample) edit.mutate({ ...draft, sampleId: sample.id });
            else add.mutate({ experimentId, samples: [draft] });
          }}
        >
          <Field
            label="Name"
            hint={sample && sample.datasets > 0 ? 'New data name their sample by this.' : undefined}
            fault={faultOf('name')}
          >
            {(props) => (
              <Input
                {...props}
                value={draft.name}
                onChange={(event) => set('name', event.currentTarget.value)}
              />
            )}
          </Field>
          <div className="grid gap-3 sm:grid-cols-2">
            {FIELDS.map(({ name, label, ...more }) => (
              <Field
                key={name}
                label={label}
                hint={'hint' in more ? more.hint : undefined}
                fault={faultOf(name)}
              >
                {(props) => (
                  <Input
                    {...props}
                    value={draft[name]}
                    onChange={(event) => set(name, event.currentTarget.value)}
                  />
                )}
              </Field>
            ))}
            <Field label="Made from" fault={faultOf('parent')}>
              {(props) => (
                <NativeSelect
                  {...props}
                  value={draft.parent}
                  onChange={(event) => set('parent', event.currentTarget.value)}
                >
                  <option value="">Nothing here</option>
                  {others.map(({ id, name }) => (
                    <option key={id} value={name}>
                      {name}
                    </option>
                  ))}
                </NativeSelect>
              )}
            </Field>
          </div>
          <Field label="Comment" fault={faultOf('comment')}>
            {(props) => (
              <Textarea
                {...props}
                value={draft.comment}
                onChange={(event) => set('comment', event.currentTarget.value)}
              />
            )}
          </Field>
          <FormFault error={failed} isTold={Object.keys(serverFaults).length > 0} />
          <SubmitFooter busy={add.isPending || edit.isPending}>{sample ? 'Save' : 'Add sample'}</SubmitFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}
