'use client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { formatBytes } from '#src/components/format.ts';
import { Button } from '#src/components/ui/button.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { ScrollBox } from '#src/components/ui/scroll-box.tsx';
import { Skeleton } from '#src/components/ui/skeleton.tsx';
import { fetchStored, nameOfAddress } from './stored-bytes.ts';
import { WINDOW_BYTES, wholeLines, windowAt } from './text-window.ts';

const TEXT_BOX = 'max-h-96 overflow-auto rounded-md border bg-sunken p-2 text-2xs leading-4';

/** Indented when it parses; as it is otherwise. */
function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // A file named .json need not be JSON: then its text is the truth.
    return text;
  }
}

/** A text of any length, one window of it at a time: a log of a gigabyte opens as fast as a note. */
export function TextPreview({
  url,
  sizeBytes,
  isJson = false,
}: {
  url: string;
  sizeBytes: number;
  isJson?: boolean;
}) {
  const [offset, setOffset] = useState(0);
  const { first, last } = windowAt(offset, sizeBytes);
  const [isStart, isEnd] = [first === 0, last === sizeBytes - 1];
  const text = useQuery({
    queryKey: ['file-text', nameOfAddress(url), sizeBytes, first],
    queryFn: async ({ signal }) => {
      const answer = await fetchStored(url, { first, last }, signal);
      return wholeLines(new Uint8Array(await answer.arrayBuffer()), { isStart, isEnd });
    },
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });
  if (text.isPending) return <Skeleton className="h-40" />;
  if (text.isError)
    return <ErrorState error={text.error} retry={() => void text.refetch()} className="py-4" />;
  const isWhole = isStart && isEnd;
  return (
    <div className="grid gap-1.5">
      <ScrollBox as="pre" className={TEXT_BOX}>
        {isJson && isWhole ? pretty(text.data) : text.data}
      </ScrollBox>
      {!isWhole && (
        <div className="flex flex-wrap items-center gap-1">
          <Button size="sm" disabled={isStart} onClick={() => setOffset(0)}>
            Start
          </Button>
          <Button size="sm" disabled={isStart} onClick={() => setOffset(first - WINDOW_BYTES / 2)}>
            Earlier
          </Button>
          <Button size="sm" disabled={isEnd} onClick={() => setOffset(first + WINDOW_BYTES / 2)}>
            Later
          </Button>
          <Button size="sm" disabled={isEnd} onClick={() => setOffset(sizeBytes)}>
            End
          </Button>
          <span className="ml-auto text-ink-faint text-xs tabular-nums">
            {formatBytes(first)} to {formatBytes(last + 1)} of {formatBytes(sizeBytes)}
          </span>
        </div>
      )}
    </div>
  );
}
