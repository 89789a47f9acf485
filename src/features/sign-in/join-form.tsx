'use client';
import { useMutation } from '@tanstack/react-query';
import { signIn } from 'next-auth/react';
import { type FormEvent, useState } from 'react';
import { fieldFaultsOf } from '#src/components/app-error-of.ts';
import { Button } from '#src/components/ui/button.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Field, Input } from '#src/components/ui/input.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { NewPasswordField } from './new-password-field.tsx';

/** A name and a password make an account of an invitation; the same press leads into the experiment. */
export function JoinForm({ token, email, minLength }: { token: string; email: string; minLength: number }) {
  const trpc = useTRPC();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const join = useMutation(
    trpc.invitations.join.mutationOptions({
      onSuccess: async ({ code, kind }) => {
        const to = `/${kind}s/${code}`;
        const result = await signIn('credentials', { email, password, redirect: false });
        // The account is there in any case: whoever is not let in at once signs in by hand.
        window.location.assign(result?.ok && !result.error ? to : `/sign-in?to=${encodeURIComponent(to)}`);
      },
    }),
  );
  const faults = fieldFaultsOf(join.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    join.mutate({ token, name, password });
  };
  return (
    <form method="post" onSubmit={submit} className="grid gap-4">
      <Field label="E-mail" hint="The invitation was sent here; you sign in with it.">
        {(field) => (
          <Input
            {...field}
            type="email"
            name="email"
            autoComplete="username"
            value={email}
            readOnly
            className="h-10"
          />
        )}
      </Field>
      <Field label="Your name" fault={faults.name}>
        {(field) => (
          <Input
            {...field}
            name="name"
            autoComplete="name"
            required
            className="h-10"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <NewPasswordField
        label="Password"
        minLength={minLength}
        value={password}
        onChange={setPassword}
        fault={faults.password}
      />
      <FormFault error={join.error} isTold={faults.name !== undefined || faults.password !== undefined} />
      <Button
        type="submit"
        look="primary"
        size="lg"
        busy={join.isPending || join.isSuccess}
        disabled={password.length < minLength}
      >
        Create the account and join
      </Button>
    </form>
  );
}
