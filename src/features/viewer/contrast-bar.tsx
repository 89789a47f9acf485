'use client';

import { Button } from '#src/components/ui/button.tsx';
import { TypedNumber } from './typed-number.tsx';

interface ContrastBarProps {
  range: { low: number; high: number };
  automatic: boolean;
  onRange(range: { low: number; high: number } | null): void;
}

/** Typed thresholds: values at and below `low` get the first colour, at and above `high` the last. */
export function ContrastBar({ range, automatic, onRange }: ContrastBarProps) {
  return (
    <div className="flex items-center gap-2">
      <TypedNumber
        label="low"
        value={range.low}
        onValue={(low) => low !== null && low < range.high && onRange({ low, high: range.high })}
      />
      <TypedNumber
        label="high"
        value={range.high}
        onValue={(high) => high !== null && high > range.low && onRange({ low: range.low, high })}
      />
      <Button
        size="sm"
        aria-pressed={automatic}
        className="aria-pressed:text-accent"
        onClick={() => onRange(null)}
      >
        auto
      </Button>
    </div>
  );
}
