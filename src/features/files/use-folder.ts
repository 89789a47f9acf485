'use client';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useAskSoon } from '#src/components/use-ask-soon.ts';
import { useLive, useTRPC } from '#src/features/shell/index.ts';
import type { FolderEntry } from '#src/server/domain/files/files.service.ts';
import type { EntryChoice, EntryOrder } from '#src/shared/model/file-types.ts';
import { changesFolder, concernsFolder } from './file-kinds.ts';

const PAGE = 500;
/** Files arrive several a second during a series; a listing is asked for at most this often. */
const ASK_EVERY_MS = 1500;
/** A listing scrolled further than this is not asked for by itself: all its pages would be fetched again. It says what is new. */
const LIVE_PAGES = 4;

interface Narrowing {
  order: EntryOrder;
  falls: boolean;
  search: string;
  choice: EntryChoice | null;
  enabled: boolean;
}

/** The entries of a folder in the order asked for, page by page, live. */
export function useFolder(
  experimentId: string,
  parent: string,
  { order, falls, search, choice, enabled }: Narrowing,
) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const options = trpc.files.folder.infiniteQueryOptions(
    {
      ...{ experimentId, parent, order, falls, limit: PAGE },
      search: search || undefined,
      choice: choice ?? undefined,
    },
    {
      getNextPageParam: (page) => page.nextCursor,
      enabled,
      // The rows of this folder stay while they are narrowed; of another never, for a click would open what lies elsewhere.
      placeholderData: (before, query) =>
        (query?.queryKey[1] as { input?: { parent?: string } } | undefined)?.input?.parent === parent
          ? before
          : undefined,
    },
  );
  const query = useInfiniteQuery(options);
  const { queryKey } = options;

  const refetch = useAskSoon(queryKey, ASK_EVERY_MS);
  const pages = query.data?.pages.length ?? 0;
  const [unseen, setUnseen] = useState<{ parent: string; changes: number }>({ parent, changes: 0 });
  const askSoon = () => {
    if (pages > LIVE_PAGES) {
      setUnseen((now) => ({ parent, changes: (now.parent === parent ? now.changes : 0) + 1 }));
      return;
    }
    refetch();
  };
  useLive([`experiment:${experimentId}`], ({ kind, data }) => {
    if (kind === 'file.committed' && typeof data.path === 'string' && concernsFolder(parent, data.path))
      askSoon();
    if (kind === 'folder.changed' && changesFolder(parent, data.paths)) askSoon();
    if (kind !== 'dataset.changed') return;
    const { datasetId, framesStored, state } = data;
    // While a dataset only grows its row is patched below; a new one, or one that ended, needs the listing.
    if (state !== 'receiving' || framesStored === 0) askSoon();
    if (typeof framesStored !== 'number') return;
    queryClient.setQueryData(
      queryKey,
      (pages) =>
        pages && {
          ...pages,
          pages: pages.pages.map((page) => ({
            ...page,
            entries: page.entries.map((entry) =>
              entry.kind === 'dataset' && entry.datasetId === datasetId && entry.framesStored < framesStored
                ? { ...entry, framesStored }
                : entry,
            ),
          })),
        },
    );
  });

  const entries = useMemo<FolderEntry[]>(
    () => query.data?.pages.flatMap((page) => page.entries) ?? [],
    [query.data],
  );
  const showUnseen = () => {
    setUnseen({ parent, changes: 0 });
    void queryClient.resetQueries({ queryKey });
  };
  const isMade = query.data?.pages[0]?.isMade ?? false;
  return { ...query, entries, isMade, unseen: unseen.parent === parent ? unseen.changes : 0, showUnseen };
}
