'use client';
import { useMutation } from '@tanstack/react-query';
import { CircleCheck } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { fieldFaultsOf, sentenceOf } from '#src/components/app-error-of.ts';
import { Button } from '#src/components/ui/button.tsx';
import { Field, Input } from '#src/components/ui/input.tsx';
import { useTRPC } from '#src/features/shell/index.ts';

export function SetPasswordForm({
  token,
  email,
  minLength,
}: {
  token: string;
  email: string;
  minLength: number;
}) {
  const trpc = useTRPC();
  const [password, setPassword] = useState('');
  const [shown, setShown] = useState(false);
  const save = useMutation(trpc.me.setPassword.mutationOptions());
  const missing = minLength - password.length;
  const fault = fieldFaultsOf(save.error).password;

  if (save.isSuccess) {
    return (
      <div className="grid gap-4">
        <p className="flex items-center gap-2 text-ok text-sm">
          <CircleCheck className="size-4" aria-hidden /> The password is set. This link no longer works.
        </p>
        <Button look="primary" size="lg" asChild>
          <a href="/sign-in">Sign in</a>
        </Button>
      </div>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate({ token, password });
  };
  return (
    <form method="post" onSubmit={submit} className="grid gap-4">
      {/* For password managers: whose password this is. */}
      <input type="email" name="email" autoComplete="username" value={email} readOnly hidden />
      <Field
        label="New password"
        hint={
          missing > 0
            ? `At least ${minLength} characters; a short sentence is a good one. ${missing} more.`
            : 'Long enough.'
        }
        fault={fault}
      >
        {(field) => (
          <Input
            {...field}
            name="password"
            type={shown ? 'text' : 'password'}
            autoComplete="new-password"
            required
            minLength={minLength}
            maxLength={200}
            className="h-10"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        )}
      </Field>
      <label className="flex items-center gap-2 text-ink-soft text-sm">
        <input type="checkbox" checked={shown} onChange={(event) => setShown(event.target.checked)} /> Show it
      </label>
      {save.error && fault === undefined && (
        <p role="alert" className="text-failed text-sm">
          {sentenceOf(save.error)}
        </p>
      )}
      <Button type="submit" look="primary" size="lg" busy={save.isPending} disabled={missing > 0}>
        Set the password
      </Button>
    </form>
  );
}
