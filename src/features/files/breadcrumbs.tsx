'use client';
import { CopyButton } from '#src/components/ui/copy-button.tsx';
import { pathSteps } from './file-kinds.ts';

/** Where one is, each step a way back; copies as one path. */
export function Breadcrumbs({
  code,
  path,
  onChoose,
}: {
  code: string;
  path: string;
  onChoose: (path: string) => void;
}) {
  const steps = [{ name: code, path: '' }, ...pathSteps(path)];
  return (
    <nav aria-label="Path" className="flex min-w-0 items-center gap-0.5 overflow-x-auto font-mono text-xs">
      {steps.map((step, i) => (
        <span key={step.path} className="flex shrink-0 items-center gap-0.5">
          {i > 0 && <span className="text-ink-faint">/</span>}
          {i === steps.length - 1 ? (
            <span aria-current="page" className="px-1 font-semibold">
              {step.name}
            </span>
          ) : (
            <button
              type="button"
              className="rounded-sm px-1 text-ink-soft hover:bg-hover hover:text-ink"
              onClick={() => onChoose(step.path)}
            >
              {step.name}
            </button>
          )}
        </span>
      ))}
      <CopyButton text={[code, path].filter(Boolean).join('/')} what="the path" className="shrink-0" />
    </nav>
  );
}
