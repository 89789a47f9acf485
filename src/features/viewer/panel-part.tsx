import type { ReactNode } from 'react';

export function PanelPart({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section
      aria-label={title}
      className="grid grid-cols-[minmax(0,1fr)] gap-2 border-b px-3 py-3 last:border-b-0"
    >
      <h3 className="font-semibold text-ink-soft text-xs">{title}</h3>
      {children}
    </section>
  );
}

export function PanelCheck({
  label,
  checked,
  disabled = false,
  onChange,
}: {
  label: string;
  checked: boolean;
  disabled?: boolean;
  onChange(checked: boolean): void;
}) {
  return (
    <label className="flex items-center gap-2 text-sm has-disabled:text-ink-faint">
      <input
        type="checkbox"
        className="accent-(--accent)"
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      {label}
    </label>
  );
}
