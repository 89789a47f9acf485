'use client';
import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorState } from './ui/error-state.tsx';
import { SkeletonRows } from './ui/skeleton.tsx';
import { VirtualList, type VirtualListProps } from './ui/virtual-list.tsx';

interface PagedListProps<Row> extends Omit<VirtualListProps<Row>, 'rowKey' | 'onNearEnd'> {
  list: UseInfiniteQueryResult<unknown, unknown>;
  /** Those of all pages that came. */
  rows: readonly Row[];
  /** Stands in place of the list when there is nothing in it. */
  empty: ReactNode;
}

/** A list that fetches page after page as one scrolls: while it loads, when it cannot, when nothing is in it, and its rows. */
export function PagedList<Row extends { id: string }>({ list, empty, ...rest }: PagedListProps<Row>) {
  if (list.isPending) return <SkeletonRows rows={8} />;
  if (!list.data) return <ErrorState error={list.error} retry={() => void list.refetch()} />;
  if (rest.rows.length === 0) return empty;
  return (
    <VirtualList
      {...rest}
      rowKey={(row) => row.id}
      onNearEnd={() => {
        if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
      }}
    />
  );
}
