'use client';
import { useQuery } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react';
import { Hdf5Client } from './hdf5-client.ts';
import type { SliceRequest } from './reading/read-slice.ts';
import { createTreeStore, type TreeStore } from './tree-store.ts';

interface OpenedFile {
  client: Hdf5Client;
  tree: TreeStore;
  /** Names the file in what is kept of it. */
  key: string;
}

let openings = 0;

const Context = createContext<OpenedFile | null>(null);

/** Opens a file of an experiment for what stands below; its worker starts with the first question and ends with the page. */
export function Hdf5Provider({
  experimentId,
  path,
  fallback,
  children,
}: {
  experimentId: string;
  path: string;
  fallback: ReactNode;
  children: ReactNode;
}) {
  const [opened, setOpened] = useState<OpenedFile | null>(null);
  useEffect(() => {
    const client = new Hdf5Client({ origin: window.location.origin, experimentId, path });
    const key = `${++openings} ${path}`;
    setOpened({ client, tree: createTreeStore(client), key });
    return () => client.close();
  }, [experimentId, path]);
  if (!opened) return fallback;
  return <Context value={opened}>{children}</Context>;
}

export function useHdf5(): OpenedFile {
  const opened = useContext(Context);
  if (!opened) throw new Error('useHdf5 outside of Hdf5Provider');
  return opened;
}

export function useIsBusy(): boolean {
  const { client } = useHdf5();
  return useSyncExternalStore(
    client.onChange,
    () => client.isBusy,
    () => false,
  );
}

export function useDetail(path: string) {
  const { client, key } = useHdf5();
  return useQuery({
    queryKey: ['hdf5', key, 'detail', path],
    queryFn: () => client.ask('detail', { path }, 'detail'),
    ...{ staleTime: Number.POSITIVE_INFINITY, retry: false },
  });
}

/** Slices may be large: none is kept but the one on screen, and the former while the next one comes. */
export function useSlice(request: SliceRequest | null, topic: string) {
  const { client, key } = useHdf5();
  return useQuery({
    queryKey: ['hdf5', key, 'slice', topic, request],
    queryFn: () => client.ask('slice', request!, topic),
    enabled: request !== null,
    placeholderData: (former, query) =>
      (query?.queryKey.at(-1) as SliceRequest | null | undefined)?.path === request?.path
        ? former
        : undefined,
    ...{ staleTime: Number.POSITIVE_INFINITY, gcTime: 0, retry: false },
  });
}
