import {
  CircleCheck,
  CircleDashed,
  CircleDot,
  CircleX,
  Clock3,
  type LucideIcon,
  TriangleAlert,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from '../class-names.ts';

/** The six meanings a colour may have here. */
export const TONES = ['ok', 'running', 'queued', 'warn', 'failed', 'muted'] as const;
export type Tone = (typeof TONES)[number];

const ICONS: Record<Tone, LucideIcon> = {
  ok: CircleCheck,
  running: CircleDot,
  queued: Clock3,
  warn: TriangleAlert,
  failed: CircleX,
  muted: CircleDashed,
};

// Written out, because Tailwind reads class names from the source text. A badge stands on chosen rows too: its ground is not seen through.
export const TONE_CLASSES: Record<Tone, { text: string; badge: string; fill: string }> = {
  ok: {
    text: 'text-ok',
    badge: 'border-ok/30 bg-[color-mix(in_oklab,var(--ok)_8%,var(--surface))] text-ok',
    fill: 'bg-ok',
  },
  running: {
    text: 'text-running',
    badge: 'border-running/30 bg-[color-mix(in_oklab,var(--running)_8%,var(--surface))] text-running',
    fill: 'bg-running',
  },
  queued: {
    text: 'text-queued',
    badge: 'border-queued/30 bg-[color-mix(in_oklab,var(--queued)_8%,var(--surface))] text-queued',
    fill: 'bg-queued',
  },
  warn: {
    text: 'text-warn',
    badge: 'border-warn/35 bg-[color-mix(in_oklab,var(--warn)_8%,var(--surface))] text-warn',
    fill: 'bg-warn',
  },
  failed: {
    text: 'text-failed',
    badge: 'border-failed/35 bg-[color-mix(in_oklab,var(--failed)_8%,var(--surface))] text-failed',
    fill: 'bg-failed',
  },
  muted: { text: 'text-muted', badge: 'border-line-strong bg-hover text-ink-soft', fill: 'bg-muted' },
};

/** Icon + word + colour: a state is never told by colour alone. `icon` replaces the tone's own. */
export function Status({
  tone,
  children,
  icon,
  title,
  className,
  wordHidden,
}: {
  tone: Tone;
  children: ReactNode;
  icon?: LucideIcon;
  title?: string;
  className?: string;
  /** Only for places that say the word right beside it; screen readers still hear it. */
  wordHidden?: boolean;
}) {
  const Icon = icon ?? ICONS[tone];
  return (
    <span
      title={title}
      className={cn(
        'inline-flex items-center gap-1.5 whitespace-nowrap font-medium text-sm',
        TONE_CLASSES[tone].text,
        className,
      )}
    >
      <Icon className={cn('size-4 shrink-0', tone === 'running' && 'animate-live')} aria-hidden />
      <span className={wordHidden ? 'sr-only' : undefined}>{children}</span>
    </span>
  );
}

/** A dot for dense rows, beside a name; give the word as `label`. */
export function StatusDot({ tone, label, className }: { tone: Tone; label: string; className?: string }) {
  return (
    <span className={cn('inline-flex', className)} title={label}>
      <span
        aria-hidden
        className={cn('size-2 rounded-full', TONE_CLASSES[tone].fill, tone === 'running' && 'animate-live')}
      />
      <span className="sr-only">{label}</span>
    </span>
  );
}
