'use client';
import Link from 'next/link';
import { useNow } from '#src/components/clock.ts';
import { Deadline, RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Status } from '#src/components/ui/status.tsx';
import type { ExperimentDetail } from '#src/server/domain/experiments/experiment.types.ts';
import { allows } from '#src/shared/permissions/permission-table.ts';
import { AskProlongation } from './ask-prolongation.tsx';
import { dateNews } from './window-words.ts';

/** One line below the head when a date of the experiment has something to say, with what can be done about it. */
export function DateBanner({ experiment }: { experiment: ExperimentDetail }) {
  const news = dateNews(experiment, new Date(useNow()));
  if (!news) return null;
  const asked = experiment.prolongation && !experiment.prolongation.decidedAt;
  const mayAsk =
    experiment.processingUntil !== null && allows('experiment.askProlongation', experiment.roles) && !asked;
  if (news.kind === 'overdue') {
    return (
      <Line tone="warn" word="Planned end passed">
        <RelativeTime at={news.at} />. Data go on arriving here until staff finish it or activate another
        experiment.
      </Line>
    );
  }
  return (
    <Line
      tone={news.kind === 'soon' ? 'warn' : 'muted'}
      word={news.kind === 'soon' ? 'Processing window ends soon' : 'No new jobs'}
    >
      {news.kind === 'soon' && (
        <>
          Jobs can be started until <Deadline at={news.at} />.
        </>
      )}
      {news.kind === 'over' && (
        <>
          The processing window ended <RelativeTime at={news.at} />. Reading and downloading stay.
        </>
      )}
      {news.kind === 'closed' && 'The experiment is Closed. Reading and downloading stay.'}{' '}
      {asked && (
        <Link href={`/experiments/${experiment.code}/settings`} className="text-accent hover:underline">
          Prolongation was asked for
        </Link>
      )}
      {mayAsk && (
        <AskProlongation
          experiment={experiment}
          trigger={
            <Button look="link" size="sm">
              Ask for prolongation
            </Button>
          }
        />
      )}
    </Line>
  );
}

function Line({ tone, word, children }: { tone: 'warn' | 'muted'; word: string; children: React.ReactNode }) {
  return (
    <div
      role="status"
      className="mx-3 mt-2 flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md border bg-surface px-3 py-1.5 text-sm sm:mx-4"
    >
      <Status tone={tone}>{word}</Status>
      <span className="text-ink-soft">{children}</span>
    </div>
  );
}
