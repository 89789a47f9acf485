'use client';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { Field, Input } from '#src/components/ui/input.tsx';
import type { PublicError } from '#src/shared/errors/app-error.ts';

/** Throws with the server's sentence. */
async function join(name: string): Promise<void> {
  const answer = await fetch('/api/auth/provider/join', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  if (answer.ok) return;
  const { error } = (await answer.json()) as { error: PublicError };
  throw new Error(error.message);
}

/** A press makes the account of somebody who comes from a provider, and signs them in. */
export function JoinThroughProvider({
  email,
  name: known,
  action,
  returnTo,
}: {
  email: string;
  /** As the provider calls them; may be empty. */
  name: string;
  action: string;
  /** Path of this site to go to afterwards. */
  returnTo: string;
}) {
  const [name, setName] = useState(known);
  const made = useMutation({ mutationFn: join, onSuccess: () => window.location.assign(returnTo) });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    made.mutate(name);
  };
  return (
    <form method="post" onSubmit={submit} className="grid gap-4">
      <Field label="E-mail">
        {(field) => <Input {...field} type="email" value={email} readOnly className="h-10" />}
      </Field>
      <Field label="Your name">
        {(field) => (
          <Input
            {...field}
            name="name"
            autoComplete="name"
            required
            maxLength={200}
            className="h-10"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      {made.error && (
        <p role="alert" className="text-failed text-sm">
          {made.error.message}
        </p>
      )}
      <Button type="submit" look="primary" size="lg" busy={made.isPending || made.isSuccess}>
        {action}
      </Button>
    </form>
  );
}
