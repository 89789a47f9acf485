'use client';
import { ArrowDownToLine, ScrollText } from 'lucide-react';
import { useLayoutEffect, useRef, useState } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { CopyButton } from '#src/components/ui/copy-button.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import type { JobView } from '#src/server/domain/jobs/jobs.service.ts';
import { isOver } from './job-words.ts';
import { useJobLog } from './use-job-log.ts';

/** So near to the end counts as at the end: browsers round scroll positions. */
const AT_END_PX = 24;

/** The log as it is written. It follows the end until somebody scrolls up to read, and goes on when they come back. */
export function JobLog({ job }: { job: Pick<JobView, 'id' | 'state'> }) {
  const live = !isOver(job.state);
  const log = useJobLog(job.id, live);
  const box = useRef<HTMLPreElement>(null);
  const [follows, setFollows] = useState(true);
  const text = log.data?.text ?? '';

  useLayoutEffect(() => {
    // `text` is named because every new line is a reason to move.
    if (text !== '' && follows && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [text, follows]);

  if (log.isPending) return <SkeletonRows rows={6} />;
  if (log.isError && text === '') return <ErrorState error={log.error} retry={() => void log.refetch()} />;
  if (text === '') {
    return (
      <EmptyState icon={ScrollText} title={live ? 'Nothing printed yet' : 'The program printed nothing'}>
        What the program prints appears here while it runs.
      </EmptyState>
    );
  }
  return (
    <div className="relative">
      <pre
        ref={box}
        role="log"
        aria-label="Log of the job"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by key
        tabIndex={0}
        onScroll={({ currentTarget: element }) =>
          setFollows(element.scrollHeight - element.scrollTop - element.clientHeight < AT_END_PX)
        }
        className="max-h-96 min-h-32 overflow-auto whitespace-pre-wrap break-words rounded-md border bg-sunken p-3 font-mono text-ink-soft text-xs leading-5 [overflow-wrap:anywhere]"
      >
        {log.data?.isCut && <span className="text-ink-faint">[earlier lines are not shown]{'\n'}</span>}
        {text}
      </pre>
      <div className="absolute top-1.5 right-3 flex items-center gap-1 rounded-md bg-sunken">
        <CopyButton text={text} what="the log" />
      </div>
      {!follows && (
        <Button
          size="sm"
          className="absolute right-4 bottom-3 shadow-md"
          onClick={() => {
            setFollows(true);
            box.current?.focus();
          }}
        >
          <ArrowDownToLine aria-hidden />
          {live ? 'Follow' : 'To the end'}
        </Button>
      )}
    </div>
  );
}
