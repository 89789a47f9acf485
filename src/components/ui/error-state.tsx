'use client';
import { LockKeyhole, SearchX, TriangleAlert, Unplug } from 'lucide-react';
import { appErrorOf, sentenceOf } from '../app-error-of.ts';
import { cn } from '../class-names.ts';
import { Button } from './button.tsx';

const KINDS = {
  NOT_FOUND: { icon: SearchX, title: 'Nothing here' },
  NOT_ALLOWED: { icon: LockKeyhole, title: 'Not yours to see' },
  NOT_SIGNED_IN: { icon: LockKeyhole, title: 'Sign in to continue' },
} as const;

/** A list or panel that could not be loaded: what happened, what to do, and the id under which it is in the log. */
export function ErrorState({
  error,
  retry,
  className,
}: {
  error: unknown;
  retry?: () => void;
  className?: string;
}) {
  const app = appErrorOf(error);
  const known = app && app.code in KINDS ? KINDS[app.code as keyof typeof KINDS] : null;
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
      {retry && !known && (
        <Button className="mt-2" onClick={retry}>
          Try again
        </Button>
      )}
      {app && !known && <p className="font-mono text-2xs text-ink-faint">request {app.requestId}</p>}
    </div>
  );
}
