'use client';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

/** Without the signature, which is another one with every answer. */
const pathOf = (url: string) => url.replace(/\?.*$/, '');

/** Fetches an image of the store once, whichever signature its address has. */
export const storedImageQuery = (url: string) => ({
  queryKey: ['stored-image', pathOf(url)],
  queryFn: async ({ signal }: { signal: AbortSignal }) => {
    const answer = await fetch(url, { signal });
    if (!answer.ok) throw new Error(`The data server answered ${answer.status}.`);
    return answer.blob();
  },
  staleTime: Number.POSITIVE_INFINITY,
});

/**
 * An image of the store as an address of this page, once it is here: the data server may be another site, whose answers a page may
 * fetch and not embed. While the next one is on its way the last one stays, with its own `about`, so that no picture stands under the
 * name of another. Null before the first.
 */
export function useStoredImage<About>(
  url: string | null,
  about: About,
): { address: string; about: About } | null {
  const path = url === null ? null : pathOf(url);
  const image = useQuery({ ...storedImageQuery(url ?? ''), enabled: url !== null });
  const [shown, setShown] = useState<{ address: string; about: About } | null>(null);
  const { data } = image;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is told about an image belongs to its path
  useEffect(() => {
    if (!data) return;
    const address = URL.createObjectURL(data);
    setShown({ address, about });
    return () => URL.revokeObjectURL(address);
  }, [data, path]);
  return shown;
}
