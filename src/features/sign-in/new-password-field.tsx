'use client';
import { useState } from 'react';
import { Field, Input } from '#src/components/ui/input.tsx';

/** Where a new password is chosen: says how much is missing, and shows it when asked to. */
export function NewPasswordField({
  label = 'New password',
  minLength,
  value,
  onChange,
  fault,
}: {
  label?: string;
  minLength: number;
  value: string;
  onChange: (value: string) => void;
  fault?: string | undefined;
}) {
  const [shown, setShown] = useState(false);
  const missing = minLength - value.length;
  return (
    <>
      <Field
        label={label}
        hint={
          missing > 0
            ? `At least ${minLength} characters; a short sentence is a good one.${value === '' ? '' : ` ${missing} more.`}`
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
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
        )}
      </Field>
      <label className="flex items-center gap-2 text-ink-soft text-sm">
        <input type="checkbox" checked={shown} onChange={(event) => setShown(event.target.checked)} /> Show it
      </label>
    </>
  );
}
