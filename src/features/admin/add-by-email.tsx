'use client';
import { type FormEvent, useState } from 'react';
import { sentenceOf } from '#src/components/app-error-of.ts';
import { Button } from '#src/components/ui/button.tsx';
import { Input } from '#src/components/ui/input.tsx';

/** One line to add somebody by the e-mail of their account; what was typed stays after a fault. */
export function AddByEmail({ label, onAdd }: { label: string; onAdd: (email: string) => Promise<unknown> }) {
  const [email, setEmail] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFault(null);
    try {
      await onAdd(email.trim());
      setEmail('');
    } catch (error) {
      setFault(sentenceOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className="flex flex-wrap items-center gap-1.5" onSubmit={(event) => void submit(event)}>
      <Input
        type="email"
        aria-label={label}
        placeholder="e-mail of an account"
        className="h-7 w-52 text-xs"
        autoComplete="off"
        aria-invalid={fault === null ? undefined : true}
        value={email}
        onChange={(event) => {
          setFault(null);
          setEmail(event.currentTarget.value);
        }}
      />
      <Button type="submit" size="sm" busy={busy} disabled={email.trim() === ''}>
        Add
      </Button>
      {fault !== null && (
        <span role="alert" className="text-failed text-xs">
          {fault}
        </span>
      )}
    </form>
  );
}
