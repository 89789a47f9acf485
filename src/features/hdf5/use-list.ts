'use client';
import { useQuery } from '@tanstack/react-query';
import { useHdf5 } from './hdf5-context.tsx';

/** The names in a group. */
export function useList(path: string) {
  const { client, key } = useHdf5();
  return useQuery({
    queryKey: ['hdf5', key, 'list', path],
    queryFn: () => client.ask('list', { path, from: 0 }),
    ...{ staleTime: Number.POSITIVE_INFINITY, retry: false },
  });
}
