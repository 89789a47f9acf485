'use client';
import { keepPreviousData, QueryClient, useQuery } from '@tanstack/react-query';
import { createTRPCClient, httpLink } from '@trpc/client';
import { useState, useSyncExternalStore } from 'react';
import superjson from 'superjson';
import { appErrorOf } from '#src/components/app-error-of.ts';
import type { AppRouter } from '#src/server/api/root.ts';

const ASK_EVERY_MS = 2_000;
/** A link that was revoked may be exchanged, a session begin anew: asked for now and then, for ever. */
const ASK_REFUSED_EVERY_MS = 15_000;
/** A server that is stopped lets a question wait for ever; then it is given up and asked again. */
const ANSWER_WITHIN_MS = 8_000;

const NO_KEY =
  'There is no key in its address. Staff of the instrument make a link for each screen in the cockpit: open that link here.';

/** In a body, by POST: an address with the key in it would stand in the logs of every proxy. */
const createClient = () =>
  createTRPCClient<AppRouter>({
    links: [httpLink({ url: '/api/trpc', transformer: superjson, methodOverride: 'POST' })],
  });

export const createWallQueries = () =>
  new QueryClient({
    // A screen has nobody to focus it, and is asked about its network by asking.
    defaultOptions: { queries: { retry: false, networkMode: 'always', refetchOnWindowFocus: false } },
  });

/** The key behind the # of the address, which browsers send to nobody: null where there is none, undefined before the page knows. */
export function useDisplayKey(): string | null | undefined {
  return useSyncExternalStore(
    (notify) => {
      window.addEventListener('hashchange', notify);
      return () => window.removeEventListener('hashchange', notify);
    },
    () => new URLSearchParams(window.location.hash.slice(1)).get('key'),
    () => undefined,
  );
}

/** What the wall shows, asked for again and again whatever happens; what was last known stays while nothing is answered. */
export function useWall(slug: string) {
  const key = useDisplayKey();
  const [client] = useState(createClient);
  const query = useQuery({
    queryKey: ['wall', slug, key],
    queryFn: ({ signal }) =>
      client.cockpit.wall.query(
        { slug, key: key ?? null },
        { signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]) },
      ),
    enabled: key !== undefined,
    refetchInterval: ({ state }) => (appErrorOf(state.error) ? ASK_REFUSED_EVERY_MS : ASK_EVERY_MS),
    refetchIntervalInBackground: true,
    placeholderData: keepPreviousData,
  });
  const app = appErrorOf(query.error);
  const isRefused = app !== null && ['NOT_FOUND', 'NOT_ALLOWED', 'NOT_SIGNED_IN'].includes(app.code);
  const refusal = app?.code === 'NOT_SIGNED_IN' ? NO_KEY : (app?.message ?? null);
  return { view: query.data, isRefused, refusal, isLost: query.isError && !isRefused };
}
