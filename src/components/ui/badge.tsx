import type { ReactNode } from 'react';
import { cn } from '../class-names.ts';
import { TONE_CLASSES, type Tone } from './status.tsx';

/** A short fact beside a name: "1800/1800", "proprietary", "demo". */
export function Badge({
  tone = 'muted',
  title,
  className,
  children,
}: {
  tone?: Tone;
  title?: string;
  className?: string;
  children: ReactNode;
}) {
  return (
    <span
      title={title}
      className={cn(
        'inline-flex h-5 items-center gap-1 whitespace-nowrap rounded-sm border px-1.5 font-medium text-2xs [&_svg]:size-3',
        TONE_CLASSES[tone].badge,
        className,
      )}
    >
      {children}
    </span>
  );
}
