'use client';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useCallback, useEffect, useRef } from 'react';
import { cn } from '../class-names.ts';

export interface VirtualListProps<Row> {
  rows: readonly Row[];
  /** Height of a row in pixels; every row the same. */
  rowHeight: number;
  rowKey: (row: Row) => string;
  children: (row: Row, place: { index: number; current: boolean }) => ReactNode;
  /** What the list holds, for screen readers. */
  label: string;
  /** Sticks above the rows and scrolls sideways with them. */
  head?: ReactNode;
  /** Row the keys stand on: arrows, Home, End, Page move it, Enter opens it. */
  currentIndex?: number;
  onCurrent?: (index: number) => void;
  onOpen?: (row: Row, index: number) => void;
  /** Called when the end comes into sight: fetch the next page. May be called more than once. */
  onNearEnd?: () => void;
  className?: string;
}

const PAGE = 15;

/** A list that draws only the rows in sight: 100,000 rows scroll as fast as 50. */
export function VirtualList<Row>(props: VirtualListProps<Row>) {
  const {
    rows,
    rowHeight,
    rowKey,
    children,
    label,
    head,
    currentIndex = -1,
    onCurrent,
    onOpen,
    onNearEnd,
    className,
  } = props;
  const box = useRef<HTMLDivElement>(null);
  // The same function while the rows are the same: with another one the places of all rows are worked out again, at every step of a scroll.
  const getItemKey = useCallback((index: number) => rowKey(rows[index]!), [rows, rowKey]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    getItemKey,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;

  useEffect(() => {
    if (onNearEnd && rows.length > 0 && last >= rows.length - 20) onNearEnd();
  }, [onNearEnd, rows.length, last]);

  useEffect(() => {
    if (currentIndex >= 0 && currentIndex < rows.length) virtual.scrollToIndex(currentIndex);
  }, [currentIndex, rows.length, virtual]);

  const move = (event: React.KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || rows.length === 0) return;
    const to: Record<string, number> = {
      ArrowDown: currentIndex + 1,
      ArrowUp: currentIndex - 1,
      PageDown: currentIndex + PAGE,
      PageUp: currentIndex - PAGE,
      Home: 0,
      End: rows.length - 1,
    };
    const target = to[event.key];
    if (target !== undefined && onCurrent) {
      event.preventDefault();
      onCurrent(Math.min(rows.length - 1, Math.max(0, target)));
    } else if (
      event.key === 'Enter' &&
      onOpen &&
      rows[currentIndex] !== undefined &&
      event.target === box.current
    ) {
      event.preventDefault();
      onOpen(rows[currentIndex], currentIndex);
    }
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: rows exist only while in sight, so a native table or list would lie about its length
    <div
      ref={box}
      role="list"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must take the arrow keys
      tabIndex={0}
      onKeyDown={move}
      className={cn('relative h-full overflow-auto focus-visible:outline-offset-[-2px]', className)}
    >
      {head !== undefined && <div className="sticky top-0 z-10 border-b bg-surface">{head}</div>}
      <div className="relative w-full" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => (
          // biome-ignore lint/a11y/useSemanticElements: see above
          <div
            key={item.key}
            role="listitem"
            aria-setsize={rows.length}
            aria-posinset={item.index + 1}
            data-current={item.index === currentIndex || undefined}
            className="absolute inset-x-0 top-0 border-b data-current:bg-accent/10"
            style={{ height: rowHeight, transform: `translateY(${item.start}px)` }}
          >
            {children(rows[item.index]!, { index: item.index, current: item.index === currentIndex })}
          </div>
        ))}
      </div>
    </div>
  );
}
