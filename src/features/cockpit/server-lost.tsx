'use client';
import { TriangleAlert } from 'lucide-react';
import { ClockTime } from '#src/components/relative-time.tsx';

/** Why the actions of the cockpit cannot be used now; also what their buttons say when pointed at. */
export const LOST_REASON = 'The connection to the server is lost; this works again when it is back.';

/** Says up to when the page is true while the server does not answer, and to who leads what they cannot do. Stays in sight when scrolled. */
export function ServerLost({ answeredAt, leads }: { answeredAt: Date; leads: boolean }) {
  return (
    <div
      role="alert"
      className="sticky top-0 z-10 flex items-start gap-2 rounded-lg border border-warn/35 bg-surface px-4 py-2.5 text-sm"
    >
      <TriangleAlert className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden />
      <p className="min-w-0">
        <span className="font-semibold text-warn">
          As of <ClockTime at={answeredAt} />: connection to the server lost.
        </span>{' '}
        <span className="text-ink-soft">
          What has happened since is not known here. The page goes on by itself when the server answers
          {leads && '; until then no experiment can be activated or finished'}.
        </span>
      </p>
    </div>
  );
}
