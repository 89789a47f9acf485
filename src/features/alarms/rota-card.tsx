'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { Fragment, useState } from 'react';
import { fieldFaultsOf } from '#src/components/app-error-of.ts';
import { useFacilityZone } from '#src/components/facility-zone.tsx';
import { Deadline } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '#src/components/ui/card.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Field, Input, NativeSelect } from '#src/components/ui/input.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { Status, type Tone } from '#src/components/ui/status.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { HandOverView, Rota } from '#src/server/domain/alarms/rota.ts';
import { instantOfLocal } from '#src/shared/model/zoned-instant.ts';

const SIGNS: Readonly<Record<HandOverView['state'], { tone: Tone; word: string }>> = {
  past: { tone: 'muted', word: 'was' },
  now: { tone: 'running', word: 'now' },
  coming: { tone: 'queued', word: 'next' },
};

function HandOverRow({ handOver, onRemoved }: { handOver: HandOverView; onRemoved: () => void }) {
  const trpc = useTRPC();
  const remove = useMutation(
    trpc.alarms.removeHandOver.mutationOptions({
      onSettled: onRemoved,
      onError: (error) => toast.failed(error),
    }),
  );
  const { tone, word } = SIGNS[handOver.state];
  const name = handOver.name ?? 'Nobody';
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2 text-sm">
      <Status tone={tone} className="w-16">
        {word}
      </Status>
      <span className="font-medium">{name}</span>
      {handOver.personId !== null && !handOver.isStaff && (
        <span className="text-failed text-xs">is staff no more: nobody is on call</span>
      )}
      <span className="ml-auto text-ink-soft">
        from <Deadline at={handOver.at} />
      </span>
      {handOver.state === 'coming' && (
        <Button
          look="quiet"
          size="icon-sm"
          aria-label={`Take away the hand-over to ${name}`}
          busy={remove.isPending}
          onClick={() => remove.mutate({ handOverId: handOver.handOverId })}
        >
          <Trash2 aria-hidden />
        </Button>
      )}
    </li>
  );
}

const NOBODY = 'nobody';

function HandOverForm({
  instrumentId,
  staff,
  onDone,
}: {
  instrumentId: string;
  staff: Rota['staff'];
  onDone: () => void;
}) {
  const trpc = useTRPC();
  const zone = useFacilityZone();
  const [to, setTo] = useState('');
  const [local, setLocal] = useState('');
  const handOver = useMutation(
    trpc.alarms.handOver.mutationOptions({
      onSuccess: () => {
        toast.done('The rota is changed');
        setTo('');
        setLocal('');
      },
      onSettled: onDone,
    }),
  );
  const faults = fieldFaultsOf(handOver.error);
  const chosen = staff.find(({ personId }) => personId === to);
  return (
    <form
      className="grid gap-2 border-t p-3"
      onSubmit={(event) => {
        event.preventDefault();
        const at = local === '' ? null : instantOfLocal(local, zone);
        if (to !== '') handOver.mutate({ instrumentId, at, personId: to === NOBODY ? null : to });
      }}
    >
      <div className="flex flex-wrap items-start gap-3">
        <Field
          label="Hand over to"
          fault={faults.personId}
          hint={
            chosen && !chosen.isProved
              ? 'Has not proved an e-mail address yet: gets no mails.'
              : 'Staff of this instrument.'
          }
          className="w-56"
        >
          {(props) => (
            <NativeSelect
              {...props}
              required
              value={to}
              onChange={(event) => setTo(event.currentTarget.value)}
            >
              <option value="" disabled>
                Choose
              </option>
              {staff.map(({ personId, name }) => (
                <option key={personId} value={personId}>
                  {name}
                </option>
              ))}
              <option value={NOBODY}>Nobody</option>
            </NativeSelect>
          )}
        </Field>
        <Field label="At" fault={faults.at} hint={`Clocks of ${zone}. Empty: now.`}>
          {(props) => (
            <Input
              {...props}
              type="datetime-local"
              className="w-52"
              value={local}
              onChange={(event) => setLocal(event.currentTarget.value)}
            />
          )}
        </Field>
        <Button type="submit" look="primary" className="mt-6" busy={handOver.isPending} disabled={to === ''}>
          Hand over
        </Button>
      </div>
      <FormFault error={handOver.error} isTold={Object.keys(faults).length > 0} />
    </form>
  );
}

/** Who is on call and when: hand-overs, each counting until the next. */
export function RotaCard({ instrumentId }: { instrumentId: string }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const rota = useQuery(trpc.alarms.rota.queryOptions({ instrumentId }));
  const refresh = () => queries.invalidateQueries(trpc.alarms.pathFilter());
  const [past, setPast] = useState(false);
  const all = rota.data?.handOvers ?? [];
  const shown = all.filter(({ state }) => past || state !== 'past');
  const before = all.length - all.filter(({ state }) => state !== 'past').length;
  return (
    <Card>
      <CardHeader title="On call" hint="Told of every alarm by mail and in the app, at any hour">
        {before > 0 && (
          <Button look="quiet" size="sm" aria-expanded={past} onClick={() => setPast(!past)}>
            {past ? 'Without the last week' : 'The last week'}
          </Button>
        )}
      </CardHeader>
      {rota.isPending && <SkeletonRows rows={2} />}
      {rota.isError && <ErrorState error={rota.error} retry={() => void rota.refetch()} />}
      {rota.data && (
        <Fragment>
          {shown.length === 0 ? (
            <CardBody className="text-ink-soft text-sm">
              Nobody is on call: alarms come to all staff in the app, and by mail when nobody acknowledges
              them.
            </CardBody>
          ) : (
            <ul className="divide-y" aria-label="Hand-overs">
              {shown.map((handOver) => (
                <HandOverRow key={handOver.handOverId} handOver={handOver} onRemoved={refresh} />
              ))}
            </ul>
          )}
          <HandOverForm instrumentId={instrumentId} staff={rota.data.staff} onDone={refresh} />
        </Fragment>
      )}
    </Card>
  );
}
