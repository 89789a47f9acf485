'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { sentenceOf } from '#src/components/app-error-of.ts';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Input } from '#src/components/ui/input.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { LabView } from '#src/server/domain/accounting/accounting.types.ts';
import { AddByEmail } from './add-by-email.tsx';
import { useAdminFacility } from './admin-frame.tsx';
import { useRefreshLicences } from './use-licences.ts';

function LabRow({ lab }: { lab: LabView }) {
  const trpc = useTRPC();
  const refresh = useRefreshLicences();
  const add = useMutation(trpc.labs.addPerson.mutationOptions());
  const remove = useMutation(trpc.labs.removePerson.mutationOptions());
  return (
    <li className="grid gap-2 px-3 py-3">
      <h3 className="font-medium text-sm">{lab.name}</h3>
      <div className="flex flex-wrap items-center gap-1.5">
        {lab.people.map((person) => (
          <span
            key={person.id}
            title={person.email}
            className="inline-flex h-7 items-center gap-1 rounded-md border bg-raised pl-2 text-xs"
          >
            {person.name}
            <Button
              look="quiet"
              size="icon-sm"
              aria-label={`Take ${person.name} out of ${lab.name}`}
              onClick={() =>
                remove.mutate(
                  { labId: lab.labId, personId: person.id },
                  {
                    onSuccess: () => {
                      toast.done(`${person.name} is no longer in ${lab.name}`, {
                        action: {
                          label: 'Undo',
                          run: () =>
                            void add
                              .mutateAsync({ labId: lab.labId, email: person.email })
                              .then(refresh, toast.failed),
                        },
                      });
                      void refresh();
                    },
                    onError: (error) => toast.failed(error),
                  },
                )
              }
            >
              <X aria-hidden />
            </Button>
          </span>
        ))}
        <AddByEmail
          label={`Add somebody to ${lab.name}`}
          onAdd={async (email) => {
            await add.mutateAsync({ labId: lab.labId, email });
            await refresh();
          }}
        />
      </div>
    </li>
  );
}

/** Groups whose people may use a licence together. */
export function LabsCard() {
  const trpc = useTRPC();
  const { facilityId } = useAdminFacility();
  const refresh = useRefreshLicences();
  const labs = useQuery(trpc.labs.list.queryOptions({ facilityId }));
  const create = useMutation(trpc.labs.create.mutationOptions());
  const [name, setName] = useState('');
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await create.mutateAsync({ facilityId, name: name.trim() });
      setName('');
      await refresh();
    } catch {
      // Told below the field.
    }
  };
  const body = () => {
    if (labs.isPending) return <SkeletonRows rows={2} />;
    if (labs.isError) return <ErrorState error={labs.error} retry={() => void labs.refetch()} />;
    if (labs.data.length === 0) {
      return (
        <EmptyState title="No labs" className="py-6">
          A lab is a group of people who own a licence together.
        </EmptyState>
      );
    }
    return (
      <ul className="divide-y">
        {labs.data.map((lab) => (
          <LabRow key={lab.labId} lab={lab} />
        ))}
      </ul>
    );
  };
  return (
    <Card>
      <CardHeader title="Labs">
        <form className="flex items-center gap-2" onSubmit={(event) => void submit(event)}>
          <Input
            aria-label="Name of a new lab"
            placeholder="Name of a new lab"
            className="w-48"
            maxLength={120}
            value={name}
            onChange={(event) => {
              create.reset();
              setName(event.currentTarget.value);
            }}
          />
          <Button type="submit" busy={create.isPending} disabled={name.trim() === ''}>
            Make
          </Button>
        </form>
      </CardHeader>
      {create.isError && (
        <p role="alert" className="px-3 pt-2 text-failed text-sm">
          {sentenceOf(create.error)}
        </p>
      )}
      {body()}
    </Card>
  );
}
