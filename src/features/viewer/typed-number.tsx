'use client';

import { useState } from 'react';
import { cn } from '#src/components/class-names.ts';

/** A number that is taken with Enter or on leaving the field; what is no number is put back. */
export function TypedNumber({
  label,
  value,
  digits = 2,
  unit,
  onValue,
  className,
}: {
  label: string;
  /** Null: empty. */
  value: number | null;
  /** Shown behind the point at most. */
  digits?: number;
  unit?: string;
  /** Null when the field was emptied. */
  onValue(value: number | null): void;
  className?: string;
}) {
  const [typed, setTyped] = useState<string | null>(null);
  const settle = () => {
    if (typed !== null) {
      const number = Number(typed.replace(',', '.'));
      if (typed.trim() === '') onValue(null);
      else if (Number.isFinite(number)) onValue(number);
    }
    setTyped(null);
  };
  return (
    <label className={cn('flex items-center gap-1.5 text-ink-soft text-xs', className)}>
      <span className="flex-1">{label}</span>
      <input
        className="w-20 min-w-0 rounded-md border border-line-strong bg-ground px-2 py-1 text-right font-mono text-ink tabular-nums"
        inputMode="decimal"
        value={typed ?? (value === null ? '' : String(Number(value.toFixed(digits))))}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={settle}
        onKeyDown={(event) => {
          if (event.key === 'Enter') settle();
          else if (event.key === 'Escape') setTyped(null);
        }}
      />
      {unit !== undefined && <span className="w-6 text-ink-faint">{unit}</span>}
    </label>
  );
}
