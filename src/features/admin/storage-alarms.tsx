'use client';
import { useQuery } from '@tanstack/react-query';
import { CircleAlert, TriangleAlert } from 'lucide-react';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { Acknowledge, AcknowledgedBy } from '#src/features/alarms/index.ts';
import { useTRPC } from '#src/features/shell/index.ts';
import { useAdminFacility } from './admin-frame.tsx';

/** Staff may acknowledge it in their cockpits meanwhile. */
const ASK_EVERY_MS = 15_000;

/** The alarms of the whole facility, for admins, who have no cockpit: each with who takes care of it, or the button for it. */
export function StorageAlarms() {
  const trpc = useTRPC();
  const { facilityId } = useAdminFacility();
  const alarms = useQuery(
    trpc.alarms.ofFacility.queryOptions({ facilityId }, { refetchInterval: ASK_EVERY_MS }),
  );
  if (alarms.isError && !alarms.data)
    return <ErrorState error={alarms.error} retry={() => void alarms.refetch()} />;
  if (!alarms.data || alarms.data.length === 0) return null;
  return (
    <ul aria-label="Alarms" aria-live="polite" className="divide-y rounded-md border">
      {alarms.data.map(({ alarmId, level, text, raisedAt, acknowledged }) => (
        <li key={alarmId} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2 text-sm">
          {level === 'error' ? (
            <Status tone="failed" icon={CircleAlert}>
              alarm
            </Status>
          ) : (
            <Status tone="warn" icon={TriangleAlert}>
              warning
            </Status>
          )}
          <span className="wrap-anywhere min-w-0 font-medium">{text}</span>
          <span className="text-ink-faint text-xs">
            since <RelativeTime at={raisedAt} />
          </span>
          {acknowledged ? (
            <AcknowledgedBy acknowledged={{ ...acknowledged, note: null }} />
          ) : (
            <Acknowledge alarmId={alarmId} sentence={text} />
          )}
        </li>
      ))}
    </ul>
  );
}
