'use client';
import { useQuery } from '@tanstack/react-query';
import { exactBytes, formatBytes } from '#src/components/format.ts';
import { Card, CardBody, CardHeader } from '#src/components/ui/card.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Progress } from '#src/components/ui/progress.tsx';
import { Skeleton } from '#src/components/ui/skeleton.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { useAdminFacility } from './admin-frame.tsx';
import { StorageAlarms } from './storage-alarms.tsx';

/** What the facility keeps online, against what its own licences allow; the alarm about it where there is one. */
export function StorageCard() {
  const trpc = useTRPC();
  const { facilityId } = useAdminFacility();
  const storage = useQuery(trpc.licences.storage.queryOptions({ facilityId }));
  if (storage.isError) return <ErrorState error={storage.error} retry={() => void storage.refetch()} />;
  const { hotBytes = 0, hotQuotaBytes = null } = storage.data ?? {};
  const isOver = hotQuotaBytes !== null && hotBytes > hotQuotaBytes;
  return (
    <Card>
      <CardHeader title="Hot storage" hint="Every version of every file that the facility keeps online" />
      <CardBody className="grid gap-2">
        {storage.isPending ? (
          <Skeleton className="h-6 w-64" />
        ) : (
          <>
            <p className="text-sm tabular-nums">
              <span className="font-semibold text-lg" title={exactBytes(hotBytes)}>
                {formatBytes(hotBytes)}
              </span>{' '}
              {hotQuotaBytes === null ? (
                <span className="text-ink-faint">used; no valid licence of the facility says a quota</span>
              ) : (
                <span className={isOver ? 'text-failed' : 'text-ink-soft'}>
                  {isOver ? 'used, more than the ' : 'of '}
                  <span title={exactBytes(hotQuotaBytes)}>{formatBytes(hotQuotaBytes)}</span>
                  {isOver && ' that the licences allow'}
                </span>
              )}
            </p>
            {hotQuotaBytes !== null && (
              <Progress
                label="Hot storage used"
                value={hotBytes}
                max={Math.max(hotQuotaBytes, 1)}
                tone={isOver ? 'failed' : hotBytes > 0.9 * hotQuotaBytes ? 'warn' : 'running'}
              />
            )}
          </>
        )}
        <StorageAlarms />
      </CardBody>
    </Card>
  );
}
