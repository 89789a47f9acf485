'use client';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTRPC } from '#src/features/shell/index.ts';
import type { DestinationSource } from '#src/shared/model/destination.ts';

/** The sources each agent told of with its last heartbeat, by its id: detectors and watched folders. */
export function useSources(slug: string): ReadonlyMap<string, readonly DestinationSource[]> {
  const trpc = useTRPC();
  const cockpit = useQuery(trpc.cockpit.view.queryOptions({ slug }));
  return useMemo(
    () =>
      new Map(
        cockpit.data?.agents.map(({ id, detectors, status }) => [
          id,
          [
            ...detectors.map(({ name }) => ({ name, kind: 'stream' as const })),
            ...(status?.folders ?? []).map(({ name }) => ({ name, kind: 'folder' as const })),
          ],
        ]),
      ),
    [cockpit.data],
  );
}
