'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, Radar, X } from 'lucide-react';
import { formatDuration } from '#src/components/format.ts';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '#src/components/ui/card.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { AdministeredInstrument } from '#src/server/domain/facilities/facility.types.ts';
import { AddByEmail } from './add-by-email.tsx';
import { AdminPage, useAdminFacility } from './admin-frame.tsx';
import { InstrumentDialog } from './instrument-form.tsx';
import { StreamFields } from './stream-fields.tsx';

function InstrumentCard({ instrument }: { instrument: AdministeredInstrument }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const { facilityId } = useAdminFacility();
  const refresh = () => queries.invalidateQueries(trpc.facilities.instruments.pathFilter());
  const add = useMutation(trpc.facilities.addStaff.mutationOptions({ onSettled: refresh }));
  const remove = useMutation(trpc.facilities.removeStaff.mutationOptions({ onSettled: refresh }));
  const { instrumentId } = instrument;
  return (
    <Card aria-label={instrument.name}>
      <CardHeader title={instrument.name} hint={<span className="font-mono">{instrument.slug}</span>}>
        <InstrumentDialog instrument={instrument} trigger={<Button size="sm">Change</Button>} />
      </CardHeader>
      <CardBody className="grid gap-3">
        {instrument.description && <p className="text-ink-soft text-sm">{instrument.description}</p>}
        <p className="text-ink-soft text-sm">
          Promise: files readable within {formatDuration(instrument.promiseMs)}.
        </p>
        <div className="grid gap-1.5">
          <h3 className="font-medium text-ink-soft text-xs">Staff</h3>
          <div className="flex flex-wrap items-center gap-1.5">
            {instrument.staff.length === 0 && (
              <span className="text-warn text-xs">Nobody can run this instrument yet.</span>
            )}
            {instrument.staff.map((person) => (
              <span
                key={person.id}
                title={person.email}
                className="inline-flex h-7 items-center gap-1 rounded-md border bg-raised pl-2 text-xs"
              >
                {person.name}
                <ConfirmDialog
                  title={`Take ${person.name} off the staff of ${instrument.name}?`}
                  action="Take off"
                  onConfirm={async () => {
                    await remove.mutateAsync({ facilityId, instrumentId, personId: person.id });
                    toast.done(`${person.name} is no longer staff of ${instrument.name}`);
                  }}
                  trigger={
                    <Button look="quiet" size="icon-sm" aria-label={`Take ${person.name} off the staff`}>
                      <X aria-hidden />
                    </Button>
                  }
                >
                  They lose the cockpit and every experiment here that they are not a member of, at once.
                </ConfirmDialog>
              </span>
            ))}
            <AddByEmail
              label={`Add staff of ${instrument.name}`}
              onAdd={(email) => add.mutateAsync({ facilityId, instrumentId, email })}
            />
          </div>
        </div>
        <StreamFields instrument={{ id: instrumentId, name: instrument.name }} />
      </CardBody>
    </Card>
  );
}

/** Instruments of the facility and who runs them. */
export function InstrumentsPage() {
  const trpc = useTRPC();
  const { facilityId } = useAdminFacility();
  const list = useQuery(trpc.facilities.instruments.queryOptions({ facilityId }));
  const make = (
    <InstrumentDialog
      instrument={null}
      trigger={
        <Button look="primary">
          <Plus aria-hidden /> New instrument
        </Button>
      }
    />
  );
  const body = () => {
    if (list.isPending) return <SkeletonRows rows={4} />;
    if (list.isError) return <ErrorState error={list.error} retry={() => void list.refetch()} />;
    if (list.data.length === 0) {
      return (
        <Card>
          <EmptyState icon={Radar} title="No instruments yet" action={make}>
            An instrument is one beamline or microscope, with staff who run its cockpit and its agents.
          </EmptyState>
        </Card>
      );
    }
    return (
      <div className="grid items-start gap-4 lg:grid-cols-2">
        {list.data.map((instrument) => (
          <InstrumentCard key={instrument.instrumentId} instrument={instrument} />
        ))}
      </div>
    );
  };
  return (
    <AdminPage
      title="Instruments"
      about="Beamlines and microscopes of the facility, what they promise, the staff who run them, and what their streams fill in."
      actions={make}
    >
      {body()}
    </AdminPage>
  );
}
