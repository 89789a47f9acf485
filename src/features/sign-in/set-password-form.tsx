'use client';
import { useMutation } from '@tanstack/react-query';
import { CircleCheck } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { fieldFaultsOf } from '#src/components/app-error-of.ts';
import { Button } from '#src/components/ui/button.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { NewPasswordField } from './new-password-field.tsx';

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
      <NewPasswordField minLength={minLength} value={password} onChange={setPassword} fault={fault} />
      <FormFault error={save.error} isTold={fault !== undefined} />
      <Button type="submit" look="primary" size="lg" busy={save.isPending} disabled={missing > 0}>
        Set the password
      </Button>
    </form>
  );
}
