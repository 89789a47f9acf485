'use client';
import { useId, useState } from 'react';
import { Input } from '#src/components/ui/input.tsx';
import { type AxisChoice, formatSlice, parseSlice, SliceFault } from './slice-expression.ts';

function faultOf(text: string, shape: readonly number[]): string | null {
  try {
    parseSlice(text, shape);
    return null;
  } catch (error) {
    if (error instanceof SliceFault) return error.message;
    throw error;
  }
}

/** Which part of a dataset is shown: a slider for each axis that stands at one place, and all of it as an expression. */
export function SliceBar({
  shape,
  choice,
  onSlice,
}: {
  shape: readonly number[];
  choice: readonly AxisChoice[];
  onSlice: (text: string) => void;
}) {
  const id = useId();
  const now = formatSlice(choice, shape);
  const [typed, setTyped] = useState<string | null>(null);
  const fault = typed === null ? null : faultOf(typed, shape);
  const put = (axis: number, start: number) =>
    onSlice(
      formatSlice(
        choice.map((one, n) => (n === axis ? { ...one, start } : one)),
        shape,
      ),
    );
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <label htmlFor={id} className="font-medium text-ink-soft text-xs">
          Slice
        </label>
        <Input
          id={id}
          className="h-7 w-64 max-w-full font-mono text-xs"
          value={typed ?? now}
          spellCheck={false}
          aria-invalid={fault !== null || undefined}
          aria-describedby={`${id}-below`}
          onChange={(event) => {
            const text = event.currentTarget.value;
            setTyped(text);
            if (faultOf(text, shape) === null) onSlice(text);
          }}
          onBlur={() => setTyped(null)}
        />
        <span id={`${id}-below`} role={fault ? 'alert' : undefined} className="text-ink-faint text-xs">
          {fault ? <span className="text-failed">{fault}</span> : `of ${shape.join(' × ')}; start:stop:step`}
        </span>
      </div>
      {choice.map(
        (axis, n) =>
          axis.isIndex &&
          shape[n]! > 1 && (
            // biome-ignore lint/suspicious/noArrayIndexKey: an axis has no other name
            <label key={n} className="flex items-center gap-3 text-ink-soft text-xs">
              <span className="w-12 shrink-0">axis {n}</span>
              <input
                type="range"
                min={0}
                max={shape[n]! - 1}
                value={axis.start}
                aria-label={`Place on axis ${n}`}
                className="min-w-0 flex-1 accent-(--accent)"
                onChange={(event) => {
                  setTyped(null);
                  put(n, Number(event.currentTarget.value));
                }}
              />
              <output className="w-28 shrink-0 text-right font-mono">
                {axis.start} of {shape[n]! - 1}
              </output>
            </label>
          ),
      )}
    </div>
  );
}
