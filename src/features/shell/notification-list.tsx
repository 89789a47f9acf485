'use client';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import type { inferRouterOutputs } from '@trpc/server';
import { Bell } from 'lucide-react';
import Link from 'next/link';
import { cn } from '#src/components/class-names.ts';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { Status } from '#src/components/ui/status.tsx';
import type { AppRouter } from '#src/server/api/root.ts';
import { useTRPC } from './api-client.tsx';
import { NOTIFICATION_SIGNS } from './notification-words.ts';

type Told = inferRouterOutputs<AppRouter>['notifications']['list']['items'][number];

function NotificationRow({ told, onOpen }: { told: Told; onOpen: () => void }) {
  const { tone, word } = NOTIFICATION_SIGNS[told.kind];
  return (
    <li>
      <Link
        href={told.link}
        onClick={onOpen}
        className={cn('grid gap-0.5 px-3 py-2 text-sm hover:bg-hover', told.isRead && 'text-ink-soft')}
      >
        <span className="flex items-center gap-2">
          <Status tone={told.isRead ? 'muted' : tone} className="text-xs">
            {word}
          </Status>
          <RelativeTime at={told.at} className="ml-auto text-ink-faint text-xs" />
          {!told.isRead && (
            <span className="size-2 shrink-0 rounded-full bg-accent-strong">
              <span className="sr-only">not read</span>
            </span>
          )}
        </span>
        <span className={cn('wrap-anywhere', !told.isRead && 'font-medium')}>{told.text}</span>
      </Link>
    </li>
  );
}

/** What the person was told, the newest first. Following one marks it as read. */
export function NotificationList({ onGo }: { onGo: () => void }) {
  const trpc = useTRPC();
  const list = useInfiniteQuery(
    trpc.notifications.list.infiniteQueryOptions({}, { getNextPageParam: ({ nextCursor }) => nextCursor }),
  );
  const read = useMutation(trpc.notifications.markRead.mutationOptions());
  const all = list.data?.pages.flatMap(({ items }) => items) ?? [];
  const [newest] = all;
  const unread = list.data?.pages[0]?.unread ?? 0;
  return (
    <>
      <header className="flex min-h-10 items-center gap-2 border-b px-3 py-1.5">
        <h2 className="font-semibold text-sm">Notifications</h2>
        {newest && unread > 0 && (
          <Button
            look="quiet"
            size="sm"
            className="ml-auto"
            busy={read.isPending}
            onClick={() => read.mutate({ notificationId: newest.notificationId, andOlder: true })}
          >
            Mark all as read
          </Button>
        )}
      </header>
      {list.isPending && <SkeletonRows rows={3} />}
      {list.isError && <ErrorState error={list.error} retry={() => void list.refetch()} />}
      {list.data && all.length === 0 && (
        <EmptyState icon={Bell} title="Nothing yet" className="py-8">
          Alarms of your instruments and news of your experiments come here.
        </EmptyState>
      )}
      {all.length > 0 && (
        <div className="max-h-[min(24rem,60dvh)] overflow-y-auto">
          <ul className="divide-y">
            {all.map((told) => (
              <NotificationRow
                key={told.notificationId}
                told={told}
                onOpen={() => {
                  if (!told.isRead) read.mutate({ notificationId: told.notificationId, andOlder: false });
                  onGo();
                }}
              />
            ))}
          </ul>
          {list.hasNextPage && (
            <Button
              look="quiet"
              size="sm"
              className="w-full rounded-none border-t"
              busy={list.isFetchingNextPage}
              onClick={() => void list.fetchNextPage()}
            >
              Older ones
            </Button>
          )}
        </div>
      )}
      <footer className="border-t px-3 py-2 text-xs">
        <Link href="/account#notifications" onClick={onGo} className="text-accent hover:underline">
          Choose what you are told, and how
        </Link>
      </footer>
    </>
  );
}
