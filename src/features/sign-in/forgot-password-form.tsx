'use client';
import { useMutation } from '@tanstack/react-query';
import { MailCheck } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { fieldFaultsOf, sentenceOf } from '#src/components/app-error-of.ts';
import { Button } from '#src/components/ui/button.tsx';
import { Field, Input } from '#src/components/ui/input.tsx';
import { useTRPC } from '#src/features/shell/index.ts';

/** Asks for a link by mail. What is said does not tell whether there is such an account. */
export function ForgotPasswordForm() {
  const trpc = useTRPC();
  const [email, setEmail] = useState('');
  const ask = useMutation(trpc.me.askPasswordLink.mutationOptions());
  if (ask.isSuccess) {
    return (
      <div className="grid gap-4 text-sm">
        <p className="flex items-start gap-2">
          <MailCheck className="mt-0.5 size-4 shrink-0 text-ok" aria-hidden />
          <span>
            If there is an account for <strong className="font-semibold">{email.trim()}</strong>, a mail with
            a link is on its way. The link works once and for an hour.
          </span>
        </p>
        <p className="text-ink-soft">
          No mail after some minutes? Look among the unwanted ones, and whether the address is the one you
          sign in with.
        </p>
        <Button asChild className="justify-self-start">
          <a href="/sign-in">Back to the sign-in</a>
        </Button>
      </div>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask.mutate({ email });
  };
  return (
    <form method="post" onSubmit={submit} className="grid gap-4">
      <Field
        label="E-mail"
        fault={ask.isError ? (fieldFaultsOf(ask.error).email ?? sentenceOf(ask.error)) : undefined}
      >
        {(field) => (
          <Input
            {...field}
            name="email"
            type="email"
            autoComplete="username"
            required
            maxLength={320}
            className="h-10"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        )}
      </Field>
      <Button type="submit" look="primary" size="lg" busy={ask.isPending}>
        Send me a link
      </Button>
      <a
        href="/sign-in"
        className="justify-self-start text-accent text-sm underline-offset-4 hover:underline"
      >
        Back to the sign-in
      </a>
    </form>
  );
}
