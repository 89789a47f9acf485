'use client';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDownToLine, ArrowUpToLine, Download, ScrollText } from 'lucide-react';
import { parseAsString, useQueryState } from 'nuqs';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { exactBytes, formatBytes, formatCount } from '#src/components/format.ts';
import { Button } from '#src/components/ui/button.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import type { JobView } from '#src/server/domain/jobs/jobs.service.ts';
import { isOver } from './job-words.ts';
import { LogFinder } from './log-finder.tsx';
import { LOG_ROW_PX, LogLine } from './log-line.tsx';
import { type LogRow, logRows } from './log-rows.ts';
import type { LogWindow } from './log-window.ts';
import { useLogSearch } from './use-log-search.ts';
import { useLogWindow } from './use-log-window.ts';

/** So near to the end counts as at the end: browsers round scroll positions. */
const AT_END_PX = 24;
/** So near to the first or last row held, the next share is asked for. */
const NEAR_PX = 600;

function rowsOf(window: LogWindow | null): LogRow[] {
  const first = window?.pieces.at(0);
  if (!window || !first) return [];
  const text = window.pieces.map((piece) => piece.text).join('');
  return logRows(text, first.endLine - (first.text.split('\n').length - 1));
}

/** Where a line stands among rows, or would. */
function indexOfLine(rows: readonly LogRow[], line: number, part = 0): number {
  const at = rows.findIndex((row) => row.line > line || (row.line === line && row.part >= part));
  return at < 0 ? rows.length - 1 : at;
}

/**
 * The log as it is written, of any length: only the rows in sight are drawn, and only the share around them is held. It follows the end until somebody
 * scrolls up to read, and goes on when they come back.
 */
export function JobLog({ job }: { job: Pick<JobView, 'id' | 'state'> }) {
  const live = !isOver(job.state);
  const [follows, setFollows] = useState(true);
  const { window, error, open, later, earlier } = useLogWindow(job.id, { live, follows });
  const [find, setFind] = useQueryState('find', parseAsString.withDefault(''));
  const search = useLogSearch(job.id, find);
  const [shownHit, setShownHit] = useState(-1);
  const box = useRef<HTMLDivElement>(null);
  const searchBox = useRef<HTMLInputElement>(null);
  const rows = useMemo(() => rowsOf(window), [window]);
  /** The row at the top, by its line: rows before it come and go. */
  const anchor = useRef({ line: 0, part: 0, offsetPx: 0 });
  /** A line to be brought into sight as soon as it is held. */
  const target = useRef<number | null>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => LOG_ROW_PX,
    overscan: 20,
  });

  const remember = (element: HTMLDivElement) => {
    const index = Math.min(rows.length - 1, Math.floor(element.scrollTop / LOG_ROW_PX));
    const top = rows[index];
    if (!top) return;
    const offsetPx = element.scrollTop - index * LOG_ROW_PX;
    anchor.current = { line: top.line, part: top.part, offsetPx };
  };
  /** Brings a line into the middle, if it is held. The event of the scrolling comes later than the next drawing may. */
  const showLine = (element: HTMLDivElement, line: number): boolean => {
    const index = indexOfLine(rows, line);
    if (rows[index]?.line !== line) return false;
    target.current = null;
    element.scrollTop = Math.max(0, (index + 0.5) * LOG_ROW_PX - element.clientHeight / 2);
    remember(element);
    return true;
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is drawn anew with the rows, and only then
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || rows.length === 0) return;
    if (target.current !== null) {
      showLine(element, target.current);
    } else if (follows) {
      element.scrollTop = element.scrollHeight;
    } else {
      const { line, part, offsetPx } = anchor.current;
      const top = indexOfLine(rows, line, part) * LOG_ROW_PX + offsetPx;
      if (Math.abs(element.scrollTop - top) > 1) element.scrollTop = top;
    }
  }, [rows, follows]);

  const onScroll = (element: HTMLDivElement) => {
    if (!window) return;
    remember(element);
    const below = element.scrollHeight - element.scrollTop - element.clientHeight;
    // At the end of what is held there may be more: then whoever follows goes on to it.
    setFollows((before) => below < AT_END_PX && (before || !window.more));
    if (element.scrollTop < NEAR_PX && window.earlier) void earlier();
    else if (below < NEAR_PX && window.more) void later();
  };

  const show = (hit: { line: number; seq: number }) => {
    setFollows(false);
    target.current = hit.line;
    if (!box.current || !showLine(box.current, hit.line)) void open({ aroundSeq: hit.seq });
  };
  const step = (by: 1 | -1) => {
    const { hits } = search;
    if (hits.length === 0) return;
    const next = (shownHit + by + hits.length) % hits.length;
    setShownHit(shownHit < 0 ? 0 : next);
    show(hits[shownHit < 0 ? 0 : next]!);
  };
  // The newest line found comes into sight by itself.
  const firstHit = search.hits[0];
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was found leads there, not what is held
  useEffect(() => {
    if (!firstHit) return;
    setShownHit(0);
    show(firstHit);
  }, [firstHit?.line, find]);

  if (!window) {
    return error === null ? (
      <SkeletonRows rows={6} />
    ) : (
      <ErrorState error={error} retry={() => void open()} />
    );
  }
  if (window.sizeBytes === 0) {
    return (
      <EmptyState icon={ScrollText} title={live ? 'Nothing printed yet' : 'The program printed nothing'}>
        What the program prints appears here while it runs.
      </EmptyState>
    );
  }
  const shownLine = shownHit >= 0 ? search.hits[shownHit]?.line : undefined;
  const digits = String(window.lines + 1).length;
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <LogFinder
          text={find}
          search={search}
          at={shownHit}
          box={searchBox}
          onText={(text) => {
            setShownHit(-1);
            void setFind(text === '' ? null : text);
          }}
          onStep={step}
        />
        <span className="text-ink-faint text-xs tabular-nums" title={exactBytes(window.sizeBytes)}>
          {formatCount(window.lines)} {window.lines === 1 ? 'line' : 'lines'}, {formatBytes(window.sizeBytes)}
        </span>
        <Button
          size="sm"
          look="quiet"
          onClick={() => {
            setFollows(false);
            target.current = 0;
            anchor.current = { line: 0, part: 0, offsetPx: 0 };
            void open({ afterSeq: 0 });
          }}
        >
          <ArrowUpToLine aria-hidden />
          To the start
        </Button>
        <Button asChild size="sm" look="quiet">
          <a href={`/api/jobs/${job.id}/log`} download>
            <Download aria-hidden />
            Download
          </a>
        </Button>
      </div>
      <div className="relative">
        <div
          ref={box}
          role="log"
          aria-label="Log of the job"
          // Read out would be only what happens to be drawn.
          aria-live="off"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by key
          tabIndex={0}
          onScroll={(event) => onScroll(event.currentTarget)}
          className="h-[min(60vh,40rem)] min-h-40 overflow-auto rounded-md border bg-sunken font-mono text-ink-soft text-xs leading-5"
        >
          <div className="relative w-max min-w-full" style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map((item) => {
              const row = rows[item.index]!;
              return (
                <div
                  key={item.key}
                  className="absolute top-0 left-0 min-w-full"
                  style={{ height: LOG_ROW_PX, transform: `translateY(${item.start}px)` }}
                >
                  <LogLine row={row} wanted={find} current={row.line === shownLine} digits={digits} />
                </div>
              );
            })}
          </div>
        </div>
        {!follows && (
          <Button
            size="sm"
            className="absolute right-4 bottom-3 shadow-md"
            onClick={() => {
              setFollows(true);
              if (window.more) void open();
              box.current?.focus();
            }}
          >
            <ArrowDownToLine aria-hidden />
            {live ? 'Follow' : 'To the end'}
          </Button>
        )}
      </div>
    </div>
  );
}
