'use client';
import { useQueryClient } from '@tanstack/react-query';
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import type { Topic } from '#src/shared/contracts/live-events.ts';
import { useTRPC, useTRPCClient } from './api-client.tsx';
import { LiveClient, type LiveHandler, type LiveState } from './live-client.ts';
import { useProfile } from './profile.tsx';

const LiveContext = createContext<LiveClient | null>(null);
const CONNECTING: LiveState = { status: 'connecting', since: 0 };

export function LiveProvider({ children }: { children: ReactNode }) {
  const api = useTRPCClient();
  const trpc = useTRPC();
  const queries = useQueryClient();
  const { personId } = useProfile();
  const [client, setClient] = useState<LiveClient | null>(null);
  useEffect(() => {
    // The session may have ended: asking who we are tells, and leads to the sign-in (see api-client).
    const askWhoWeAre = () =>
      void queries.prefetchQuery({ ...trpc.me.profile.queryOptions(), staleTime: 0, retry: false });
    const made = new LiveClient(api, personId, askWhoWeAre);
    made.onGap(() => void queries.invalidateQueries());
    setClient(made);
    return () => made.close();
  }, [api, trpc, queries, personId]);
  return <LiveContext value={client}>{children}</LiveContext>;
}

/**
 * Calls `handler` for every live event of these topics while the component is mounted:
 *
 *   useLive([`experiment:${id}`], (event) => {
 *     if (event.kind === 'dataset.changed') void queryClient.invalidateQueries(trpc.datasets.list.queryFilter());
 *   });
 *
 * Topics the person may not hear are silent. After a gap all queries are asked again by themselves. The handler may be a
 * new function on every render; falsy topics are left out, so that one may wait for an id.
 */
export function useLive(topics: readonly (Topic | null | undefined | false)[], handler: LiveHandler): void {
  const client = useContext(LiveContext);
  const latest = useRef(handler);
  useEffect(() => {
    latest.current = handler;
  });
  const key = topics.filter(Boolean).join(' ');
  useEffect(() => {
    if (!client || key === '') return;
    return client.listen(key.split(' ') as Topic[], (event) => latest.current(event));
  }, [client, key]);
}

const never = () => () => undefined;

/** Whether what is on screen is live: "live", or connecting anew since when. */
export function useLiveState(): LiveState {
  const client = useContext(LiveContext);
  return useSyncExternalStore(
    client ? (notify) => client.onState(notify) : never,
    () => client?.state ?? CONNECTING,
    () => CONNECTING,
  );
}
