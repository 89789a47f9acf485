'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { fieldFaultsOf } from '#src/components/app-error-of.ts';
import { Button } from '#src/components/ui/button.tsx';
import { Dialog, DialogContent, DialogTrigger, SubmitFooter } from '#src/components/ui/dialog.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Field, Input, NativeSelect } from '#src/components/ui/input.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { LicenceView } from '#src/server/domain/accounting/accounting.types.ts';
import { HOUR_MS } from '#src/shared/model/accounting.ts';
import { endOf, typedAmount } from './licence-words.ts';

const EMPTY = { instrumentId: '', experimentCode: '', templateSlug: '', lastDay: '', hours: '' };

interface Place {
  timeZone: string;
  instruments: readonly { id: string; name: string }[];
}

function RuleForm({ licence, place, onDone }: { licence: LicenceView; place: Place; onDone: () => void }) {
  const trpc = useTRPC();
  const { timeZone, instruments } = place;
  const templates = useQuery(trpc.jobs.templates.queryOptions());
  const create = useMutation(trpc.licences.sponsor.mutationOptions({ onSuccess: onDone }));
  const [typed, setTyped] = useState(EMPTY);
  const set = (change: Partial<typeof EMPTY>) => {
    create.reset();
    setTyped({ ...typed, ...change });
  };
  const validUntil = typed.lastDay === '' ? null : endOf(typed.lastDay, timeZone);
  const mostCpuMs = typed.hours.trim() === '' ? null : typedAmount(typed.hours, HOUR_MS);
  const wrongHours = typed.hours.trim() !== '' && (mostCpuMs === null || mostCpuMs <= 0);
  const faults = fieldFaultsOf(create.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (wrongHours) return;
    create.mutate({
      licenceId: licence.licenceId,
      instrumentId: typed.instrumentId || null,
      experimentCode: typed.experimentCode.trim() || null,
      templateSlug: typed.templateSlug || null,
      ...{ validUntil, mostCpuMs },
    });
  };
  return (
    <form className="grid gap-3" onSubmit={submit}>
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <Field label="Instrument" fault={faults.instrumentId}>
          {(props) => (
            <NativeSelect
              {...props}
              value={typed.instrumentId}
              onChange={(event) => set({ instrumentId: event.currentTarget.value })}
            >
              <option value="">every one</option>
              {instruments.map((each) => (
                <option key={each.id} value={each.id}>
                  {each.name}
                </option>
              ))}
            </NativeSelect>
          )}
        </Field>
        <Field label="Template" fault={faults.templateSlug}>
          {(props) => (
            <NativeSelect
              {...props}
              value={typed.templateSlug}
              onChange={(event) => set({ templateSlug: event.currentTarget.value })}
            >
              <option value="">every one</option>
              {templates.data?.map((each) => (
                <option key={each.id} value={each.slug}>
                  {each.name}
                </option>
              ))}
            </NativeSelect>
          )}
        </Field>
        <Field label="Experiment" hint="Its code; empty: every one." fault={faults.experimentCode}>
          {(props) => (
            <Input
              {...props}
              autoComplete="off"
              maxLength={20}
              className="font-mono"
              value={typed.experimentCode}
              onChange={(event) => set({ experimentCode: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field
          label="CPU hours at most"
          hint="In all; empty: as many as the licence has."
          fault={wrongHours ? 'A number above 0, such as 50.' : undefined}
        >
          {(props) => (
            <Input
              {...props}
              inputMode="decimal"
              autoComplete="off"
              value={typed.hours}
              onChange={(event) => set({ hours: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field
          label="Last day"
          hint={`On the clocks of ${timeZone}; empty: as long as the licence.`}
          fault={faults.validUntil}
        >
          {(props) => (
            <Input
              {...props}
              type="date"
              value={typed.lastDay}
              onChange={(event) => set({ lastDay: event.currentTarget.value })}
            />
          )}
        </Field>
      </div>
      {licence.owner.kind === 'facility' && (
        <p className="text-ink-soft text-sm">
          Once a licence of the facility has a rule, it pays only for what its rules say.
        </p>
      )}
      <FormFault error={create.error} isTold={Object.keys(faults).length > 0} />
      <SubmitFooter busy={create.isPending} disabled={wrongHours}>
        Make the rule
      </SubmitFooter>
    </form>
  );
}

export function NewSponsorship({
  licence,
  place,
  onMade,
}: {
  licence: LicenceView;
  place: Place;
  onMade: () => void;
}) {
  const [open, setOpen] = useState(false);
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button size="sm">
          <Plus aria-hidden /> New rule
        </Button>
      </DialogTrigger>
      <DialogContent
        title={`What “${licence.name}” pays for`}
        description="Runs that fit everything chosen here, whoever starts them, triggers too."
      >
        <RuleForm
          licence={licence}
          place={place}
          onDone={() => {
            setOpen(false);
            toast.done('The rule holds from now on');
            onMade();
          }}
        />
      </DialogContent>
    </Dialog>
  );
}
