'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import Link from 'next/link';
import { type FormEvent, useState } from 'react';
import { formatDuration } from '#src/components/format.ts';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '#src/components/ui/card.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Field, Input } from '#src/components/ui/input.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { FacilityPolicies } from '#src/server/domain/facilities/facility.types.ts';
import { AdminPage, useAdminFacility } from './admin-frame.tsx';

const daysOf = (text: string) => (/^\d{1,4}$/.test(text.trim()) ? Number(text) : null);
const inRange = (days: number | null) => days !== null && days <= 3650;
const WRONG = 'Whole days, 0 to 3650.';

function PolicyForm({ policies, onSaved }: { policies: FacilityPolicies; onSaved: () => void }) {
  const trpc = useTRPC();
  const { facilityId } = useAdminFacility();
  const save = useMutation(trpc.facilities.setPolicies.mutationOptions());
  const [staff, setStaff] = useState(String(policies.staffAccessDays));
  const [window, setWindow] = useState(String(policies.processingWindowDays));
  const [staffDays, windowDays] = [daysOf(staff), daysOf(window)];
  const isChanged = staffDays !== policies.staffAccessDays || windowDays !== policies.processingWindowDays;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (staffDays === null || windowDays === null) return;
    save.mutate(
      { facilityId, staffAccessDays: staffDays, processingWindowDays: windowDays },
      {
        onSuccess: () => {
          toast.done('The policies hold from now on');
          onSaved();
        },
      },
    );
  };
  const byLicence = policies.processingWindowDaysNow !== policies.processingWindowDays;
  return (
    <form className="grid max-w-xl gap-4" onSubmit={submit}>
      <Field
        label="Staff access after the end, days"
        hint="So long after its end the staff of the instrument still see a proprietary experiment; after that only as members. Holds at once, for experiments that have ended too."
        fault={inRange(staffDays) ? undefined : WRONG}
      >
        {(props) => (
          <Input
            {...props}
            className="w-28"
            inputMode="numeric"
            value={staff}
            onChange={(event) => setStaff(event.currentTarget.value)}
          />
        )}
      </Field>
      <Field
        label="Processing window, days"
        hint={
          byLicence
            ? `So long after its end an experiment may be analysed. A licence of the facility goes before it: what ends today may be analysed for ${policies.processingWindowDaysNow} days.`
            : 'So long after its end an experiment may be analysed. A licence of the facility that says otherwise goes before it.'
        }
        fault={inRange(windowDays) ? undefined : WRONG}
      >
        {(props) => (
          <Input
            {...props}
            className="w-28"
            inputMode="numeric"
            value={window}
            onChange={(event) => setWindow(event.currentTarget.value)}
          />
        )}
      </Field>
      <FormFault error={save.error} />
      <div>
        <Button
          type="submit"
          look="primary"
          busy={save.isPending}
          disabled={!isChanged || !inRange(staffDays) || !inRange(windowDays)}
        >
          Save
        </Button>
      </div>
    </form>
  );
}

/** What the facility has decided once for all its experiments. */
export function PoliciesPage() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const { facilityId } = useAdminFacility();
  const policies = useQuery(trpc.facilities.policies.queryOptions({ facilityId }));
  const instruments = useQuery(trpc.facilities.instruments.queryOptions({ facilityId }));
  const body = () => {
    if (policies.isPending) return <SkeletonRows rows={4} />;
    if (policies.isError) return <ErrorState error={policies.error} retry={() => void policies.refetch()} />;
    return (
      <CardBody>
        <PolicyForm
          policies={policies.data}
          onSaved={() => void queries.invalidateQueries(trpc.facilities.policies.pathFilter())}
        />
      </CardBody>
    );
  };
  return (
    <AdminPage title="Policies" about="What the facility has decided once for all its experiments.">
      <Card>
        <CardHeader title="Experiments" />
        {body()}
      </Card>
      <Card>
        <CardHeader title="Latency promises" hint="Of each instrument">
          <Link href="/admin/instruments" className="text-accent text-sm hover:underline">
            Change
          </Link>
        </CardHeader>
        <ul className="divide-y">
          {instruments.data?.map((instrument) => (
            <li key={instrument.instrumentId} className="flex items-center gap-3 px-3 py-2 text-sm">
              <span className="min-w-0 flex-1 truncate">{instrument.name}</span>
              <span className="text-ink-soft tabular-nums">{formatDuration(instrument.promiseMs)}</span>
            </li>
          ))}
        </ul>
      </Card>
    </AdminPage>
  );
}
