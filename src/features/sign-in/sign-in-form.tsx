'use client';
import { Eye, EyeOff } from 'lucide-react';
import { signIn } from 'next-auth/react';
import { type FormEvent, useRef, useState, useSyncExternalStore } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { Field, Input } from '#src/components/ui/input.tsx';
import { refusalSentence } from './sign-in-outcome.ts';

interface SignInFormProps {
  /** Path of this site to go to afterwards; checked by the server that rendered the page. */
  returnTo: string;
  demoAccounts: readonly { email: string; name: string }[];
}

/** The e-mail last signed in with here, so that a colleague on the same desk need not type it at night. */
const EMAIL_SLOT = 'beamdeck.email';
const never = () => () => undefined;
const rememberedEmail = () => localStorage.getItem(EMAIL_SLOT) ?? '';

export function SignInForm({ returnTo, demoAccounts }: SignInFormProps) {
  const remembered = useSyncExternalStore(never, rememberedEmail, () => null);
  // Before the page is alive a press of Enter would send the password as a plain form.
  const alive = remembered !== null;
  const [typedEmail, setTypedEmail] = useState<string | null>(null);
  const email = typedEmail ?? remembered ?? '';
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const passwordField = useRef<HTMLInputElement>(null);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const password = passwordField.current?.value ?? '';
    setBusy(true);
    setFault(null);
    try {
      const result = await signIn('credentials', { email: email.trim(), password, redirect: false });
      if (result?.ok && !result.error) {
        localStorage.setItem(EMAIL_SLOT, email.trim());
        // A full load: what another person's session left in memory goes with the page.
        window.location.assign(returnTo);
        return;
      }
      setFault(refusalSentence(result?.code));
      passwordField.current?.select();
    } catch {
      setFault('The server does not answer. The connection may be down.');
    }
    setBusy(false);
  };

  return (
    <>
      <form method="post" onSubmit={(event) => void submit(event)} className="grid gap-4">
        <Field label="E-mail">
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
              onChange={(event) => setTypedEmail(event.target.value)}
            />
          )}
        </Field>
        <Field label="Password">
          {(field) => (
            <div className="relative">
              <Input
                {...field}
                ref={passwordField}
                name="password"
                type={shown ? 'text' : 'password'}
                autoComplete="current-password"
                required
                maxLength={1000}
                className="h-10 pr-10"
              />
              <Button
                look="quiet"
                size="icon"
                className="absolute top-1 right-1"
                aria-label={shown ? 'Hide the password' : 'Show the password'}
                aria-pressed={shown}
                onClick={() => setShown(!shown)}
              >
                {shown ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
              </Button>
            </div>
          )}
        </Field>
        <p
          role="alert"
          className="empty:hidden rounded-md border border-failed/35 bg-failed/8 px-3 py-2 text-failed text-sm"
        >
          {fault}
        </p>
        <Button type="submit" look="primary" size="lg" busy={busy} disabled={!alive}>
          Sign in
        </Button>
        <a
          href="/forgot-password"
          className="justify-self-start text-accent text-sm underline-offset-4 hover:underline"
        >
          I do not know my password
        </a>
      </form>
      {demoAccounts.length > 0 && (
        <section className="grid gap-2 border-t pt-4">
          <p className="text-ink-faint text-xs">
            A demo on this machine. The passwords are in the terminal where it was started, and in the file{' '}
            <code className="text-ink-soft">demo.json</code> of its data folder.
          </p>
          <div className="flex flex-wrap gap-1.5">
            {demoAccounts.map((account) => (
              <Button
                key={account.email}
                size="sm"
                title={account.email}
                onClick={() => {
                  setTypedEmail(account.email);
                  passwordField.current?.focus();
                }}
              >
                {account.name}
              </Button>
            ))}
          </div>
        </section>
      )}
    </>
  );
}
