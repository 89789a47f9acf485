'use client';
import { ChevronDown, ChevronUp, Search } from 'lucide-react';
import type { RefObject } from 'react';
import { appErrorOf } from '#src/components/app-error-of.ts';
import { formatBytes, formatCount } from '#src/components/format.ts';
import { Button } from '#src/components/ui/button.tsx';
import { Input } from '#src/components/ui/input.tsx';
import type { LogSearch } from './use-log-search.ts';

/** How far a search is, or what it has found: "3 of 12 lines", "12 lines, 40 of 800 MB searched". */
function foundWords(search: LogSearch, at: number): string {
  const { hits, searching, sizeBytes, leftBytes } = search;
  const count = `${formatCount(hits.length)} ${hits.length === 1 ? 'line' : 'lines'}`;
  const place = hits.length > 0 && at >= 0 ? `${formatCount(at + 1)} of ${count}` : count;
  const far = `${formatBytes(sizeBytes - leftBytes)} of ${formatBytes(sizeBytes)} searched`;
  if (searching) return hits.length === 0 ? far : `${place}, ${far}`;
  if (hits.length === 0) return 'not in this log';
  return leftBytes > 0 ? `${place}, the last ${formatBytes(sizeBytes - leftBytes)} searched` : place;
}

/** The search field of a log: the whole of it is searched, from its end on. */
export function LogFinder({
  text,
  search,
  at,
  box,
  onText,
  onStep,
}: {
  text: string;
  search: LogSearch;
  /** Which of the hits is shown; -1: none. */
  at: number;
  box: RefObject<HTMLInputElement | null>;
  onText: (text: string) => void;
  /** 1: what stands earlier in the log; -1: later. */
  onStep: (by: 1 | -1) => void;
}) {
  return (
    <div className="flex min-w-0 flex-1 flex-wrap items-center gap-1.5">
      <div className="relative w-56 max-w-full">
        <Search className="absolute top-2 left-2 size-4 text-ink-faint" aria-hidden />
        <Input
          ref={box}
          type="search"
          aria-label="Search in the log"
          placeholder="Search in the log"
          maxLength={200}
          value={text}
          className="pl-8"
          onChange={(event) => onText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') onStep(event.shiftKey ? -1 : 1);
            if (event.key === 'Escape') onText('');
          }}
        />
      </div>
      {text !== '' && (
        <>
          <Button
            size="icon-sm"
            look="quiet"
            aria-label="Earlier in the log"
            disabled={search.hits.length === 0}
            onClick={() => onStep(1)}
          >
            <ChevronUp aria-hidden />
          </Button>
          <Button
            size="icon-sm"
            look="quiet"
            aria-label="Later in the log"
            disabled={search.hits.length === 0}
            onClick={() => onStep(-1)}
          >
            <ChevronDown aria-hidden />
          </Button>
          <output className="text-ink-soft text-xs tabular-nums" aria-label="Found in the log">
            {search.error
              ? (appErrorOf(search.error)?.message ?? 'The search failed.')
              : foundWords(search, at)}
          </output>
        </>
      )}
    </div>
  );
}
