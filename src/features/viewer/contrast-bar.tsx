'use client';

import { useState } from 'react';
import { Button } from '#src/components/ui/button.tsx';

interface ContrastBarProps {
  range: { low: number; high: number };
  automatic: boolean;
  onRange(range: { low: number; high: number } | null): void;
}

function Threshold({
  label,
  value,
  onValue,
}: {
  label: string;
  value: number;
  onValue(value: number): void;
}) {
  const [typed, setTyped] = useState<string | null>(null);
  const settle = () => {
    const number = Number(typed);
    if (typed !== null && typed.trim() !== '' && Number.isFinite(number)) onValue(number);
    setTyped(null);
  };
  return (
    <label className="flex items-center gap-1.5 text-ink-faint text-xs">
      {label}
      <input
        className="w-20 rounded-md border border-line bg-ground px-2 py-1 text-right font-mono text-ink tabular-nums"
        inputMode="decimal"
        value={typed ?? String(Math.round(value * 100) / 100)}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={settle}
        onKeyDown={(event) => {
          if (event.key === 'Enter') settle();
        }}
      />
    </label>
  );
}

/** Typed thresholds: values at and below `low` get the first colour, at and above `high` the last. */
export function ContrastBar({ range, automatic, onRange }: ContrastBarProps) {
  return (
    <div className="flex items-center gap-3">
      <Threshold
        label="low"
        value={range.low}
        onValue={(low) => low < range.high && onRange({ low, high: range.high })}
      />
      <Threshold
        label="high"
        value={range.high}
        onValue={(high) => high > range.low && onRange({ low: range.low, high })}
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
