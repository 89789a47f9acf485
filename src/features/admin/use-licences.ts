'use client';
import { useQueryClient } from '@tanstack/react-query';
import { useTRPC } from '#src/features/shell/index.ts';

/** Has every list and page of licences, labs and storage ask again. */
export function useRefreshLicences(): () => Promise<unknown> {
  const trpc = useTRPC();
  const queries = useQueryClient();
  return () =>
    Promise.all([
      queries.invalidateQueries(trpc.licences.pathFilter()),
      queries.invalidateQueries(trpc.labs.pathFilter()),
    ]);
}
