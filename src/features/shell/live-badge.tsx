'use client';
import { ClockTime } from '#src/components/relative-time.tsx';
import { StatusDot } from '#src/components/ui/status.tsx';
import { useLiveState } from './live.tsx';

/** Quiet while all is well; says since when the page may be out of date when it is not. */
export function LiveBadge() {
  const state = useLiveState();
  const reconnecting = state.status === 'reconnecting';
  return (
    <div role="status" aria-live="polite" className="flex items-center gap-1.5 whitespace-nowrap text-xs">
      {state.status === 'live' && (
        <>
          <StatusDot tone="ok" label="Live: changes appear as they happen" />
          <span className="text-ink-faint max-sm:sr-only" aria-hidden>
            live
          </span>
        </>
      )}
      {state.status === 'connecting' && <span className="text-ink-faint">connecting</span>}
      {reconnecting && (
        <>
          <StatusDot tone="warn" label="Reconnecting" />
          <span className="text-warn">
            <span aria-hidden>reconnecting</span> since <ClockTime at={new Date(state.since)} />
          </span>
        </>
      )}
    </div>
  );
}
