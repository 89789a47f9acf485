'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { fieldFaultsOf } from '#src/components/app-error-of.ts';
import { Button } from '#src/components/ui/button.tsx';
import { SubmitFooter } from '#src/components/ui/dialog.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Field, Input, NativeSelect } from '#src/components/ui/input.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { HOUR_MS, LICENCE_OWNERS, type LicenceOwner } from '#src/shared/model/accounting.ts';
import { useAdminFacility } from './admin-frame.tsx';
import { FormDialog, SubmittedForm } from './form-dialog.tsx';
import { LicenceTermsFields, useTypedTerms } from './licence-terms-fields.tsx';
import { beginningOf, dayField, OWNER_WORDS, typedAmount } from './licence-words.ts';
import { useRefreshLicences } from './use-licences.ts';

const YEAR_MS = 365 * 86_400_000;

function LicenceForm({ onMade }: { onMade: (name: string) => void }) {
  const trpc = useTRPC();
  const { facilityId, timeZone } = useAdminFacility();
  const labs = useQuery(trpc.labs.list.queryOptions({ facilityId }));
  const [name, setName] = useState('');
  const [owner, setOwner] = useState<LicenceOwner>('facility');
  const [labId, setLabId] = useState('');
  const [email, setEmail] = useState('');
  const [firstDay, setFirstDay] = useState(() => dayField(new Date(), timeZone));
  const [cpuHours, setCpuHours] = useState('');
  const initial = () => ({
    ...{ lastDay: dayField(new Date(Date.now() + YEAR_MS), timeZone) },
    ...{ hotTb: '', archiveTb: '', windowDays: '' },
  });
  const { typed, setTyped, terms } = useTypedTerms(useState(initial)[0], owner, timeZone);
  const create = useMutation(trpc.licences.create.mutationOptions());
  const faults = fieldFaultsOf(create.error);
  const validFrom = beginningOf(firstDay, timeZone);
  const cpuMs = typedAmount(cpuHours || '0', HOUR_MS);
  const isForward = terms && validFrom && terms.validUntil > validFrom;
  const hasOwner = owner === 'facility' || (owner === 'lab' ? labId !== '' : email.trim() !== '');
  const ready = name.trim() !== '' && isForward && cpuMs !== null && cpuMs >= 0 && hasOwner;
  const submit = async () => {
    if (!ready) return;
    const whose = {
      facility: { kind: 'facility' as const },
      lab: { kind: 'lab' as const, labId },
      user: { kind: 'user' as const, email: email.trim() },
    }[owner];
    await create.mutateAsync({ facilityId, name: name.trim(), owner: whose, validFrom, cpuMs, ...terms });
    onMade(name.trim());
  };
  return (
    <SubmittedForm submit={submit}>
      <Field label="Name" hint="As people will choose it: “Beam time 2027”.">
        {(props) => (
          <Input
            {...props}
            required
            maxLength={120}
            autoComplete="off"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        )}
      </Field>
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <Field label="Owner">
          {(props) => (
            <NativeSelect
              {...props}
              value={owner}
              onChange={(event) => {
                const chosen = LICENCE_OWNERS.find((each) => each === event.currentTarget.value);
                if (chosen) setOwner(chosen);
              }}
            >
              {LICENCE_OWNERS.map((each) => (
                <option key={each} value={each}>
                  {OWNER_WORDS[each]}
                </option>
              ))}
            </NativeSelect>
          )}
        </Field>
        {owner === 'lab' && (
          <Field
            label="Lab"
            hint={labs.data?.length === 0 ? 'There is no lab yet: make one first.' : undefined}
          >
            {(props) => (
              <NativeSelect
                {...props}
                required
                value={labId}
                onChange={(event) => setLabId(event.currentTarget.value)}
              >
                <option value="">Choose a lab</option>
                {labs.data?.map((lab) => (
                  <option key={lab.labId} value={lab.labId}>
                    {lab.name}
                  </option>
                ))}
              </NativeSelect>
            )}
          </Field>
        )}
        {owner === 'user' && (
          <Field label="Person" hint="E-mail of an account." fault={faults['owner.email']}>
            {(props) => (
              <Input
                {...props}
                type="email"
                required
                autoComplete="off"
                value={email}
                onChange={(event) => setEmail(event.currentTarget.value)}
              />
            )}
          </Field>
        )}
      </div>
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <Field
          label="CPU hours"
          fault={cpuMs === null || cpuMs < 0 ? 'A number, such as 500 or 12.5.' : undefined}
        >
          {(props) => (
            <Input
              {...props}
              inputMode="decimal"
              autoComplete="off"
              placeholder="0"
              value={cpuHours}
              onChange={(event) => setCpuHours(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label="First day">
          {(props) => (
            <Input
              {...props}
              type="date"
              required
              value={firstDay}
              onChange={(event) => setFirstDay(event.currentTarget.value)}
            />
          )}
        </Field>
      </div>
      <LicenceTermsFields typed={typed} onTyped={setTyped} owner={owner} timeZone={timeZone} />
      {terms && validFrom && !isForward && (
        <p role="alert" className="text-failed text-sm">
          The last day lies before the first.
        </p>
      )}
      <FormFault error={create.error} isTold={faults['owner.email'] !== undefined} />
      <SubmitFooter busy={create.isPending} disabled={!ready}>
        Make the licence
      </SubmitFooter>
    </SubmittedForm>
  );
}

export function NewLicence() {
  const refresh = useRefreshLicences();
  return (
    <FormDialog
      opener={
        <Button look="primary">
          <Plus aria-hidden /> New licence
        </Button>
      }
      title="New licence"
      description="An allowance of CPU hours and storage, from a first to a last day."
      onDone={(name) => {
        toast.done(`“${name}” was made`);
        void refresh();
      }}
      form={(onDone) => <LicenceForm onMade={onDone} />}
    />
  );
}
