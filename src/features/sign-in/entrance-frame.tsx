import type { ReactNode } from 'react';
import { Wordmark } from '#src/components/logo.tsx';

/** Rings of a diffraction pattern behind the form: drawn, still, and out of the way of readers. */
function Rings() {
  return (
    <svg
      viewBox="0 0 800 800"
      aria-hidden
      className="pointer-events-none absolute top-1/2 left-1/2 size-[140vmax] -translate-x-1/2 -translate-y-1/2 text-accent opacity-[0.13]"
      fill="none"
      stroke="currentColor"
    >
      {[60, 110, 165, 225, 290, 360].map((radius, ring) => (
        <circle
          key={radius}
          cx="400"
          cy="400"
          r={radius}
          strokeWidth="1"
          strokeOpacity={1 - ring * 0.14}
          strokeDasharray={`${2 + ring} ${9 + ring * 5}`}
        />
      ))}
      <path d="M0 400h376" strokeWidth="1.5" />
    </svg>
  );
}

export function EntranceFrame({
  title,
  lead,
  children,
  below,
}: {
  title: string;
  lead?: ReactNode;
  children: ReactNode;
  below?: ReactNode;
}) {
  return (
    <main className="relative grid min-h-dvh place-items-center overflow-hidden px-4 py-10">
      <Rings />
      <div className="relative grid w-full max-w-sm gap-5">
        <Wordmark className="justify-self-center" />
        <section className="grid gap-4 rounded-xl border bg-surface p-6 shadow-black/10 shadow-xl">
          <div className="grid gap-1">
            <h1 className="font-semibold text-xl tracking-tight">{title}</h1>
            {lead !== undefined && <div className="text-ink-soft text-sm">{lead}</div>}
          </div>
          {children}
        </section>
        {below}
      </div>
    </main>
  );
}
