'use client';
import { useMutation } from '@tanstack/react-query';
import type { inferRouterOutputs } from '@trpc/server';
import { type FormEvent, useState } from 'react';
import { fieldFaultsOf, sentenceOf } from '#src/components/app-error-of.ts';
import { useFacilityZone } from '#src/components/facility-zone.tsx';
import { Deadline } from '#src/components/relative-time.tsx';
import { Badge } from '#src/components/ui/badge.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '#src/components/ui/card.tsx';
import { Field, Input } from '#src/components/ui/input.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { AppRouter } from '#src/server/api/root.ts';
import { instantOfLocal } from '#src/shared/model/zoned-instant.ts';

type Access = inferRouterOutputs<AppRouter>['members']['staffAccess'];

/** Until when, and by what, in one sentence. */
function Until({ access }: { access: Access }) {
  const { proprietary, finishedAt, endsAt, isOver, policyDays, extendedUntil } = access;
  const policy = `${policyDays} ${policyDays === 1 ? 'day' : 'days'} after its end`;
  if (!proprietary) return <>They see this experiment without an end: it is not proprietary.</>;
  if (finishedAt === null || endsAt === null) {
    return (
      <>
        They see this experiment until {policy}
        {extendedUntil && (
          <>
            , and at least until <Deadline at={extendedUntil} />, as its Owner has said
          </>
        )}
        .
      </>
    );
  }
  const byOwner = extendedUntil !== null && extendedUntil.getTime() === endsAt.getTime();
  return (
    <>
      {isOver ? 'Their access ended ' : 'They see this experiment until '}
      <Deadline at={endsAt} />
      {byOwner ? ', as its Owner has said.' : `, ${policy}.`}
    </>
  );
}

function Extend({
  experimentId,
  access,
  refresh,
}: {
  experimentId: string;
  access: Access;
  refresh: () => void;
}) {
  const trpc = useTRPC();
  const zone = useFacilityZone();
  const [day, setDay] = useState('');
  const extend = useMutation(
    trpc.members.extendStaffAccess.mutationOptions({
      onSuccess: ({ extendedUntil }) => {
        setDay('');
        toast.done(extendedUntil ? 'Staff keep their access' : 'The policy of the facility counts again');
      },
      onSettled: refresh,
    }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const until = instantOfLocal(`${day}T23:59`, zone);
    if (until) extend.mutate({ experimentId, until });
  };
  const fault = extend.isError ? (fieldFaultsOf(extend.error).until ?? sentenceOf(extend.error)) : undefined;
  return (
    <form onSubmit={submit} className="flex flex-wrap items-start gap-2">
      <Field label="Let them in until the end of" fault={fault} hint={`A day in ${zone}`} className="w-52">
        {(props) => (
          <Input
            {...props}
            type="date"
            required
            value={day}
            onChange={(event) => setDay(event.currentTarget.value)}
          />
        )}
      </Field>
      <Button type="submit" busy={extend.isPending} className="mt-6">
        Extend
      </Button>
      {access.extendedUntil && (
        <Button
          look="quiet"
          className="mt-6"
          busy={extend.isPending}
          onClick={() => extend.mutate({ experimentId, until: null })}
        >
          End the extension
        </Button>
      )}
    </form>
  );
}

/** Staff of the instrument, who are in without being members; admins are not. */
export function StaffAccess({
  experimentId,
  access,
  mayExtend,
  refresh,
}: {
  experimentId: string;
  access: Access;
  mayExtend: boolean;
  refresh: () => void;
}) {
  return (
    <Card>
      <CardHeader title={`Staff of ${access.instrumentName}`}>
        {access.isOver && <Badge tone="muted">access ended</Badge>}
      </CardHeader>
      <CardBody className="grid gap-3 text-sm">
        <p>
          <Until access={access} />
        </p>
        {access.staff.length === 0 ? (
          <p className="text-ink-faint">The instrument has no staff.</p>
        ) : (
          <ul className="flex flex-wrap gap-1.5">
            {access.staff.map(({ id, name }) => (
              <li key={id}>
                <Badge>{name}</Badge>
              </li>
            ))}
          </ul>
        )}
        {mayExtend && access.proprietary && (
          <Extend experimentId={experimentId} access={access} refresh={refresh} />
        )}
        <p className="text-ink-faint text-xs">
          Admins of the facility have no access: they see neither title nor data unless they are members.
        </p>
      </CardBody>
    </Card>
  );
}
