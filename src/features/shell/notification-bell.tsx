'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Bell } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { Popover, PopoverContent, PopoverTrigger } from '#src/components/ui/popover.tsx';
import { useTRPC } from './api-client.tsx';
import { useLive } from './live.tsx';
import { NotificationList } from './notification-list.tsx';
import { bellCount, bellName } from './notification-words.ts';
import { useProfile } from './profile.tsx';

/** In the header of every page: how many notifications were not read, and the newest of them. */
export function NotificationBell() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const { personId } = useProfile();
  const [open, setOpen] = useState(false);
  const count = useQuery(trpc.notifications.unread.queryOptions());
  useLive([`person:${personId}`], ({ kind }) => {
    if (kind === 'notification.changed') void queries.invalidateQueries(trpc.notifications.pathFilter());
  });
  const unread = count.data?.unread ?? 0;
  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        <Button look="quiet" size="icon" className="relative" aria-label={bellName(unread)}>
          <Bell aria-hidden />
          {unread > 0 && (
            <span
              aria-hidden
              className="absolute -top-0.5 -right-0.5 grid h-4 min-w-4 place-items-center rounded-full bg-failed px-1 font-semibold text-2xs text-surface tabular-nums"
            >
              {bellCount(unread)}
            </span>
          )}
        </Button>
      </PopoverTrigger>
      <PopoverContent align="end" aria-label="Notifications" className="w-96 max-w-[calc(100vw-1rem)]">
        <NotificationList onGo={() => setOpen(false)} />
      </PopoverContent>
    </Popover>
  );
}
