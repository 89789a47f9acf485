'use client';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { fieldFaultsOf } from '#src/components/app-error-of.ts';
import { Button } from '#src/components/ui/button.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Field, Input } from '#src/components/ui/input.tsx';
import { useTRPC } from '#src/features/shell/index.ts';

/** The consent of somebody who is signed in: from now on they come in through the provider too. */
export function LinkAccount({
  token,
  provider,
  asksPassword,
  returnTo,
}: {
  token: string;
  provider: string;
  /** They signed in some time ago, and have to show that it is still them. */
  asksPassword: boolean;
  /** Path of this site to go to afterwards. */
  returnTo: string;
}) {
  const trpc = useTRPC();
  const [password, setPassword] = useState('');
  const link = useMutation(
    trpc.me.linkIdentity.mutationOptions({ onSuccess: () => window.location.assign(returnTo) }),
  );
  const fault = fieldFaultsOf(link.error).password;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    link.mutate({ token, ...(asksPassword ? { password } : {}) });
  };
  return (
    <form method="post" onSubmit={submit} className="grid gap-4">
      {asksPassword && (
        <Field label="Your password at Beamdeck" hint="You signed in some time ago." fault={fault}>
          {(field) => (
            <Input
              {...field}
              name="password"
              type="password"
              autoComplete="current-password"
              required
              maxLength={1000}
              className="h-10"
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          )}
        </Field>
      )}
      <FormFault error={link.error} isTold={fault !== undefined} />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" size="lg" busy={link.isPending || link.isSuccess}>
          Link {provider}
        </Button>
        <Button size="lg" asChild>
          <a href={returnTo}>Do not link</a>
        </Button>
      </div>
    </form>
  );
}
