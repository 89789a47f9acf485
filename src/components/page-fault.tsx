import { Logo } from './logo.tsx';

/** A whole page that could not be shown. Plain on purpose: it must work when nothing else does. */
export function PageFault({
  title,
  children,
  requestId,
}: {
  title: string;
  children: React.ReactNode;
  requestId?: string | undefined;
}) {
  return (
    <div className="grid min-h-[60dvh] place-items-center px-4 py-10">
      <div className="grid max-w-md justify-items-center gap-3 text-center">
        <Logo className="size-10 text-ink-faint" />
        <h1 className="font-semibold text-xl tracking-tight">{title}</h1>
        <div className="grid justify-items-center gap-4 text-ink-soft text-sm">{children}</div>
        {requestId && <p className="font-mono text-2xs text-ink-faint">{requestId}</p>}
      </div>
    </div>
  );
}
