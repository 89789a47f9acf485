'use client';
import { Label as RadixLabel } from 'radix-ui';
import { type ComponentProps, type ReactNode, useId } from 'react';
import { cn } from '../class-names.ts';

const FIELD =
  'w-full rounded-md border border-line-strong bg-surface px-2.5 text-ink placeholder:text-ink-faint disabled:bg-sunken disabled:text-ink-soft aria-invalid:border-failed focus-visible:outline-offset-0';

export function Input({ className, ...rest }: ComponentProps<'input'>) {
  return <input className={cn(FIELD, 'h-8 text-sm', className)} {...rest} />;
}

export function Textarea({ className, ...rest }: ComponentProps<'textarea'>) {
  return <textarea className={cn(FIELD, 'min-h-20 py-1.5 text-sm', className)} {...rest} />;
}

/** The platform's own select: keyboard, phone and screen reader know it. */
export function NativeSelect({ className, ...rest }: ComponentProps<'select'>) {
  return <select className={cn(FIELD, 'h-8 pr-7 text-sm', className)} {...rest} />;
}

export function Label({ className, ...rest }: ComponentProps<typeof RadixLabel.Root>) {
  return <RadixLabel.Root className={cn('font-medium text-ink-soft text-sm', className)} {...rest} />;
}

interface FieldProps {
  label: ReactNode;
  /** Always shown below: what belongs here, its unit. */
  hint?: ReactNode;
  /** Replaces the hint and is read out. */
  fault?: string | undefined;
  className?: string;
  children: (props: {
    id: string;
    'aria-describedby': string | undefined;
    'aria-invalid': boolean | undefined;
  }) => ReactNode;
}

/** Label, control, and one line below for hint or fault: `<Field label="E-mail">{(p) => <Input {...p} />}</Field>`. */
export function Field({ label, hint, fault, className, children }: FieldProps) {
  const id = useId();
  const below = fault ?? hint;
  return (
    <div className={cn('grid gap-1', className)}>
      <Label htmlFor={id}>{label}</Label>
      {children({
        id,
        'aria-describedby': below === undefined ? undefined : `${id}-below`,
        'aria-invalid': fault === undefined ? undefined : true,
      })}
      {below !== undefined && (
        <p
          id={`${id}-below`}
          role={fault === undefined ? undefined : 'alert'}
          className={cn('text-xs', fault === undefined ? 'text-ink-faint' : 'text-failed')}
        >
          {below}
        </p>
      )}
    </div>
  );
}
