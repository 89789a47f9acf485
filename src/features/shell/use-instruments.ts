'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTRPC } from './api-client.tsx';
import { useLive } from './live.tsx';
import { type NavInstrument, reachableInstruments } from './navigation.ts';
import { useProfile } from './profile.tsx';

/** The instruments this person has to do with; those where they are staff are known at once, the rest a moment later. */
export function useInstruments(): NavInstrument[] {
  const trpc = useTRPC();
  const profile = useProfile();
  const list = useQuery(trpc.instruments.list.queryOptions());
  return reachableInstruments(profile.instruments, list.data ?? []);
}

/** Asks for the instruments again when the person was added to an experiment or removed. Once in the page. */
export function useInstrumentNews(): void {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { personId } = useProfile();
  useLive([`person:${personId}`], (event) => {
    if (event.kind === 'member.changed')
      void queryClient.invalidateQueries(trpc.instruments.list.queryFilter());
  });
}
