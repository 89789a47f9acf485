'use client';
import { LockKeyhole, SearchX, TriangleAlert, Unplug } from 'lucide-react';
import Link from 'next/link';
import { appErrorOf, sentenceOf } from '../app-error-of.ts';
import { cn } from '../class-names.ts';
import { Button } from './button.tsx';

const START = { href: '/', label: 'Go to the start' };

const KINDS = {
  NOT_FOUND: { icon: SearchX, title: 'Nothing here', wayOn: START },
  NOT_ALLOWED: { icon: LockKeyhole, title: 'Not yours to see', wayOn: START },
  NOT_SIGNED_IN: {
    icon: LockKeyhole,
    title: 'Sign in to continue',
    wayOn: { href: '/sign-in', label: 'Sign in' },
  },
} as const;

/**
 * A list or panel that could not be loaded: what happened, what to do, and the id under which it is in the log. What is not there, or
 * not theirs, cannot be tried again: there a link leads on.
 */
export function ErrorState({
  error,
  retry,
  wayOn,
  className,
}: {
  error: unknown;
  retry?: () => void;
  /** Where to look instead of what is not there; without it the start. */
  wayOn?: { href: string; label: string };
  className?: string;
}) {
  const app = appErrorOf(error);
  const known = app && app.code in KINDS ? KINDS[app.code as keyof typeof KINDS] : null;
  const way = known && app?.code !== 'NOT_SIGNED_IN' ? (wayOn ?? known.wayOn) : known?.wayOn;
  const Icon = known?.icon ?? (app ? TriangleAlert : Unplug);
  return (
    <div
      role="alert"
      className={cn('mx-auto grid max-w-md justify-items-center gap-2 px-4 py-10 text-center', className)}
    >
      <Icon
        className={cn('mb-1 size-7', known ? 'text-ink-faint' : 'text-warn')}
        strokeWidth={1.5}
        aria-hidden
      />
      <p className="font-semibold text-base">{known?.title ?? 'This could not be loaded'}</p>
      <p className="text-ink-soft text-sm">{sentenceOf(error)}</p>
      {way && (
        <Button className="mt-2" asChild>
          <Link href={way.href}>{way.label}</Link>
        </Button>
      )}
      {retry && !known && (
        <Button className="mt-2" onClick={retry}>
          Try again
        </Button>
      )}
      {app && !known && <p className="font-mono text-2xs text-ink-faint">request {app.requestId}</p>}
    </div>
  );
}
