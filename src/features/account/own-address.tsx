'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { fieldFaultsOf, sentenceOf } from '#src/components/app-error-of.ts';
import { Deadline } from '#src/components/relative-time.tsx';
import { Badge } from '#src/components/ui/badge.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '#src/components/ui/card.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Field, Input } from '#src/components/ui/input.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';

function UserName({ current, refresh }: { current: string | null; refresh: () => void }) {
  const trpc = useTRPC();
  const [typed, setTyped] = useState(current ?? '');
  const save = useMutation(
    trpc.me.setUserName.mutationOptions({
      onSuccess: ({ userName }) => {
        toast.done(userName === null ? 'You have no user name now' : `You are ${userName} now`);
        refresh();
      },
    }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate({ userName: typed.trim() === '' ? null : typed });
  };
  const fault = save.isError ? (fieldFaultsOf(save.error).userName ?? sentenceOf(save.error)) : undefined;
  return (
    <form onSubmit={submit} className="flex flex-wrap items-start gap-2">
      <Field
        label="User name"
        hint="Colleagues can invite you by it without knowing your address."
        fault={fault}
        className="min-w-56 flex-1 sm:max-w-72"
      >
        {(props) => (
          <Input
            {...props}
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
            maxLength={32}
            placeholder="none"
            value={typed}
            onChange={(event) => {
              if (save.isError) save.reset();
              setTyped(event.currentTarget.value);
            }}
          />
        )}
      </Field>
      <Button
        type="submit"
        className="mt-6"
        busy={save.isPending}
        disabled={typed.trim() === (current ?? '')}
      >
        Save
      </Button>
    </form>
  );
}

function OtherAddress({ hasPassword }: { hasPassword: boolean }) {
  const trpc = useTRPC();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const ask = useMutation(trpc.me.askForAddress.mutationOptions({ onSuccess: () => setPassword('') }));
  const faults = fieldFaultsOf(ask.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask.mutate({ email, ...(hasPassword ? { password } : {}) });
  };
  if (ask.isSuccess) {
    return (
      <p role="status" className="text-sm">
        A mail is on its way to <strong className="break-all font-semibold">{ask.data.email}</strong>. The
        address counts when you open its link, until <Deadline at={ask.data.expiresAt} />.
      </p>
    );
  }
  return (
    <form onSubmit={submit} className="flex flex-wrap items-start gap-2">
      <Field label="Another address" fault={faults.email} className="min-w-56 flex-1 sm:max-w-72">
        {(props) => (
          <Input
            {...props}
            type="email"
            required
            maxLength={320}
            autoComplete="email"
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
        )}
      </Field>
      {hasPassword && (
        <Field label="Your password" fault={faults.password} className="min-w-40">
          {(props) => (
            <Input
              {...props}
              type="password"
              required
              autoComplete="current-password"
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
          )}
        </Field>
      )}
      <Button type="submit" className="mt-6" busy={ask.isPending}>
        Send a link there
      </Button>
      {ask.error && faults.email === undefined && faults.password === undefined && (
        <p role="alert" className="w-full text-failed text-sm">
          {sentenceOf(ask.error)}
        </p>
      )}
    </form>
  );
}

/** How this person is reached and invited. */
export function OwnAddressCard() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const own = useQuery(trpc.me.address.queryOptions());
  const refresh = () => void queries.invalidateQueries(trpc.me.address.queryFilter());
  return (
    <Card>
      <CardHeader title="E-mail and user name" />
      {own.isPending && <SkeletonRows rows={2} />}
      {own.isError && <ErrorState error={own.error} retry={() => void own.refetch()} />}
      {own.data && (
        <CardBody className="grid gap-4">
          <p className="flex flex-wrap items-center gap-2 text-sm">
            <span className="break-all">{own.data.email}</span>
            {own.data.isProved ? (
              <Badge tone="ok">proved</Badge>
            ) : (
              <Badge
                tone="warn"
                title="Invitations to this address are yours when you have opened a link sent there."
              >
                not proved
              </Badge>
            )}
          </p>
          <OtherAddress hasPassword={own.data.hasPassword} />
          <UserName key={own.data.userName} current={own.data.userName} refresh={refresh} />
        </CardBody>
      )}
    </Card>
  );
}
