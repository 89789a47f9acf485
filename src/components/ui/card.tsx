import type { ComponentProps, ReactNode } from 'react';
import { cn } from '../class-names.ts';

export function Card({ className, ...rest }: ComponentProps<'section'>) {
  return <section className={cn('min-w-0 rounded-lg border bg-surface', className)} {...rest} />;
}

/** Head of a card: what it shows, a quiet fact, actions on the right. */
export function CardHeader({
  title,
  hint,
  children,
  className,
}: {
  title: ReactNode;
  hint?: ReactNode;
  children?: ReactNode;
  className?: string;
}) {
  return (
    <header
      className={cn('flex min-h-10 flex-wrap items-center gap-x-2 gap-y-1 border-b px-3 py-1.5', className)}
    >
      <h2 className="shrink-0 font-semibold text-ink text-sm">{title}</h2>
      {hint !== undefined && <span className="min-w-0 text-ink-faint text-xs sm:truncate">{hint}</span>}
      {children !== undefined && (
        <div className="ml-auto flex max-w-full shrink-0 flex-wrap items-center gap-2">{children}</div>
      )}
    </header>
  );
}

export function CardBody({ className, ...rest }: ComponentProps<'div'>) {
  return <div className={cn('p-3', className)} {...rest} />;
}

/** One figure with its name: large when it matters now. */
export function Figure({
  label,
  value,
  note,
  className,
}: {
  label: ReactNode;
  value: ReactNode;
  note?: ReactNode;
  className?: string;
}) {
  return (
    <div className={cn('min-w-0', className)}>
      <div className="truncate text-ink-faint text-xs">{label}</div>
      <div className="truncate font-semibold text-xl tabular-nums leading-7 tracking-tight">{value}</div>
      {note !== undefined && <div className="truncate text-ink-faint text-xs">{note}</div>}
    </div>
  );
}
