'use client';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { CalendarClock, Trash2 } from 'lucide-react';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { ScrollBox } from '#src/components/ui/scroll-box.tsx';
import { useLive, useTRPC } from '#src/features/shell/index.ts';
import type { AcquisitionView } from '#src/server/domain/datasets/announce-acquisition.ts';
import { plannedWords } from './planned-words.ts';

const PAGE = 100;

function Planned({
  row,
  mayWrite,
  refresh,
}: {
  row: AcquisitionView;
  mayWrite: boolean;
  refresh: () => void;
}) {
  const trpc = useTRPC();
  const withdraw = useMutation(trpc.datasets.withdrawAcquisition.mutationOptions({ onSettled: refresh }));
  const name = row.name ?? row.seriesId ?? '';
  return (
    <li className="flex items-center gap-x-3 border-t py-1">
      <span className="grid min-w-0 flex-1">
        <span className="truncate font-mono text-sm" title={name}>
          {name}
        </span>
        <span className="truncate text-ink-faint text-xs" title={row.comment}>
          {plannedWords(row)}
        </span>
      </span>
      <RelativeTime at={row.startedAt} className="shrink-0 text-ink-faint text-xs" />
      {mayWrite && (
        <ConfirmDialog
          trigger={
            <Button look="quiet" size="icon-sm" aria-label={`Take back ${name}`}>
              <Trash2 aria-hidden />
            </Button>
          }
          title={`Take back ${name}?`}
          action="Take back"
          onConfirm={() => withdraw.mutateAsync({ acquisitionId: row.id })}
        >
          Data that begin under this name will know nothing of what was said here.
        </ConfirmDialog>
      )}
    </li>
  );
}

/** What was said of data that have not come yet: how many, and each when it is opened. Nothing when nothing waits. */
export function PlannedAcquisitions({ experimentId, mayWrite }: { experimentId: string; mayWrite: boolean }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const options = trpc.datasets.acquisitions.infiniteQueryOptions(
    { experimentId, waiting: true, limit: PAGE },
    { getNextPageParam: (page) => page.nextCursor },
  );
  const query = useInfiniteQuery(options);
  const refresh = () => void queryClient.invalidateQueries({ queryKey: options.queryKey });
  useLive([`experiment:${experimentId}`], ({ kind, data }) => {
    const isNew = kind === 'dataset.changed' && data.framesStored === 0;
    if (isNew || kind === 'experiment.changed') refresh();
  });
  const rows = query.data?.pages.flatMap(({ items }) => items) ?? [];
  if (rows.length === 0) return null;
  return (
    <details className="border-t px-3 py-1.5 text-xs sm:px-4" aria-label="Planned acquisitions">
      <summary className="flex cursor-pointer items-center gap-2 text-ink-soft">
        <CalendarClock aria-hidden className="size-3.5 shrink-0" />
        {rows.length}
        {query.hasNextPage ? ' or more' : ''} planned{' '}
        {rows.length === 1 ? 'acquisition waits' : 'acquisitions wait'} for{' '}
        {rows.length === 1 ? 'its' : 'their'} data
      </summary>
      <ScrollBox className="mt-1.5 max-h-60 overflow-y-auto">
        <ul>
          {rows.map((row) => (
            <Planned key={row.id} row={row} mayWrite={mayWrite} refresh={refresh} />
          ))}
          {query.hasNextPage && (
            <li className="border-t py-1">
              <Button look="quiet" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                Show more
              </Button>
            </li>
          )}
        </ul>
      </ScrollBox>
    </details>
  );
}
