'use client';
import { useQueries } from '@tanstack/react-query';
import { ArrowDown, ArrowUp, GitCompare, X } from 'lucide-react';
import Link from 'next/link';
import { parseAsArrayOf, parseAsBoolean, parseAsString, useQueryState } from 'nuqs';
import type { ReactNode } from 'react';
import { cn } from '#src/components/class-names.ts';
import { Plot } from '#src/components/plot.tsx';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { CopyButton } from '#src/components/ui/copy-button.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { ScrollBox } from '#src/components/ui/scroll-box.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { useLive, usePageLabel, useTRPC } from '#src/features/shell/index.ts';
import type { JobDetail } from '#src/server/domain/jobs/jobs.service.ts';
import type { Topic } from '#src/shared/contracts/live-events.ts';
import {
  type ComparedRow,
  comparedPlots,
  MOST_COMPARED,
  metricRows,
  parameterRows,
  RUN_COLOURS,
  RUN_LETTERS,
} from './compared-jobs.ts';
import { isOver, JOB_STATE_WORDS, tookWords } from './job-words.ts';
import { RunAgain } from './run-again.tsx';

const HEAD =
  'sticky left-0 z-1 max-w-56 bg-surface px-3 py-1.5 text-left align-top font-normal text-ink-soft text-xs';

function Letter({ index }: { index: number }) {
  return (
    <span className="inline-flex items-center gap-1.5 font-semibold">
      <span
        aria-hidden
        className="size-2.5 rounded-full"
        style={{ backgroundColor: RUN_COLOURS[index % RUN_COLOURS.length] }}
      />
      {RUN_LETTERS[index]}
    </span>
  );
}

/** Rows under a heading; what differs stands out, the best is named. */
function Rows({
  title,
  rows,
  jobs,
}: {
  title: string;
  rows: readonly ComparedRow[];
  jobs: readonly JobDetail[];
}) {
  if (rows.length === 0) return null;
  return (
    <tbody>
      <tr className="border-t bg-ground">
        <th
          scope="rowgroup"
          colSpan={jobs.length + 1}
          className="px-3 pt-2 pb-1 text-left font-medium text-sm"
        >
          {title}
        </th>
      </tr>
      {rows.map((row) => (
        <tr key={row.key} className="border-t" data-differs={row.differs || undefined}>
          <th scope="row" className={HEAD}>
            <span className="inline-flex items-center gap-1">
              {row.label}
              {row.betterIs === 'higher' && <ArrowUp className="size-3" aria-label="higher is better" />}
              {row.betterIs === 'lower' && <ArrowDown className="size-3" aria-label="lower is better" />}
            </span>
          </th>
          {row.cells.map((cell, index) => (
            <td
              key={jobs[index]!.id}
              className={cn(
                'px-3 py-1.5 align-top text-sm tabular-nums [overflow-wrap:anywhere]',
                row.differs ? 'font-medium' : 'text-ink-faint',
              )}
            >
              {cell}
              {row.best.includes(index) && <span className="ml-1.5 font-medium text-ok text-xs">best</span>}
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}

function HeadCell({ job, index, onDrop }: { job: JobDetail; index: number; onDrop: () => void }) {
  const { word, tone } = JOB_STATE_WORDS[job.state];
  const took = isOver(job.state) ? tookWords(job, 0) : null;
  return (
    <th scope="col" className="min-w-44 px-3 py-2 text-left align-top font-normal">
      <div className="grid gap-1">
        <div className="flex items-center justify-between gap-2">
          <Letter index={index} />
          <span className="flex">
            {job.canRun && <RunAgain job={job} inRow />}
            <Button
              size="icon-sm"
              look="quiet"
              aria-label={`Leave ${RUN_LETTERS[index]} out`}
              title="Leave out"
              onClick={onDrop}
            >
              <X aria-hidden />
            </Button>
          </span>
        </div>
        <Link href={`/jobs/${job.id}`} className="font-medium text-sm hover:underline">
          {job.templateName} <span className="text-ink-faint">{job.templateVersion}</span>
        </Link>
        {job.base && (
          <span className="break-all font-mono text-ink-soft text-xs">{job.base.replace(/^raw\//, '')}</span>
        )}
        <Status tone={tone}>{word}</Status>
        <span className="text-ink-faint text-xs">
          <RelativeTime at={job.startedAt ?? job.createdAt} />
          {took && `, took ${took}`}
        </span>
      </div>
    </th>
  );
}

function Comparison({ jobs, onDrop }: { jobs: readonly JobDetail[]; onDrop: (id: string) => void }) {
  const [onlyDifferent, setOnlyDifferent] = useQueryState('different', parseAsBoolean.withDefault(false));
  const kept = (rows: readonly ComparedRow[]) => rows.filter((row) => !onlyDifferent || row.differs);
  const plain = (key: string, label: string, cells: string[]): ComparedRow => ({
    ...{ key, label, cells, differs: new Set(cells).size > 1, betterIs: null, best: [] },
  });
  const about = [
    plain(
      'dataset',
      'Dataset',
      jobs.map(({ base }) => base?.replace(/^raw\//, '') ?? '—'),
    ),
    plain(
      'size',
      'Size',
      jobs.map(({ profileName }) => profileName ?? '1 CPU'),
    ),
    plain(
      'sponsor',
      'Paid by',
      jobs.map(({ sponsorName }) => sponsorName ?? 'nobody'),
    ),
  ];
  const plots = comparedPlots(jobs);
  return (
    <div className="grid gap-4">
      <label className="flex w-fit items-center gap-2 text-sm">
        <input
          type="checkbox"
          className="accent-(--accent)"
          checked={onlyDifferent}
          onChange={(event) => void setOnlyDifferent(event.currentTarget.checked || null)}
        />
        Only what differs
      </label>
      <ScrollBox className="overflow-x-auto rounded-md border bg-surface">
        <table className="w-full border-collapse">
          <caption className="sr-only">What the runs were given, and what came out</caption>
          <thead>
            <tr>
              <td className={HEAD} />
              {jobs.map((job, index) => (
                <HeadCell key={job.id} job={job} index={index} onDrop={() => onDrop(job.id)} />
              ))}
            </tr>
          </thead>
          <Rows title="Results" rows={kept(metricRows(jobs))} jobs={jobs} />
          <Rows title="Inputs" rows={kept([...parameterRows(jobs), ...about])} jobs={jobs} />
        </table>
      </ScrollBox>
      {plots.length > 0 && (
        <div className="grid gap-4 lg:grid-cols-2">
          {plots.map((plot) => (
            <section key={plot.id} className="min-w-0 rounded-md border bg-surface p-2">
              <h2 className="px-1 font-medium text-ink-soft text-xs">
                {plot.letter ? `${plot.letter}: ${plot.title}` : plot.title}
              </h2>
              <Plot
                traces={plot.traces}
                layout={plot.layout}
                label={plot.letter ? `${plot.title} of ${plot.letter}` : `${plot.title} of all runs`}
                className="h-64"
              />
            </section>
          ))}
        </div>
      )}
    </div>
  );
}

/** Up to ten runs side by side, by their ids in the address: whoever may see them sees the same. */
export function ComparePage() {
  const trpc = useTRPC();
  const [asked, setAsked] = useQueryState('jobs', parseAsArrayOf(parseAsString).withDefault([]));
  usePageLabel('Comparison');
  const ids = [...new Set(asked)].slice(0, MOST_COMPARED);
  const queries = useQueries({ queries: ids.map((jobId) => trpc.jobs.get.queryOptions({ jobId })) });
  useLive(
    ids.map((id): Topic => `job:${id}`),
    (event) => {
      if (event.kind !== 'job.changed') return;
      const index = ids.indexOf(String(event.data.jobId));
      void queries[index]?.refetch({ cancelRefetch: false });
    },
  );
  const drop = (id: string) => void setAsked(asked.filter((each) => each !== id));
  const jobs = queries.flatMap(({ data }) => data ?? []);
  const failed = queries.flatMap(({ error, isError }, index) =>
    isError ? [{ error, id: ids[index]! }] : [],
  );
  const body = (): ReactNode => {
    if (ids.length === 0) {
      return (
        <EmptyState
          icon={GitCompare}
          title="No jobs chosen"
          action={
            <Button asChild>
              <Link href="/jobs">Jobs</Link>
            </Button>
          }
        >
          Tick up to {MOST_COMPARED} jobs in a list and press Compare.
        </EmptyState>
      );
    }
    if (queries.some(({ isPending }) => isPending)) return <SkeletonRows rows={8} />;
    return (
      <>
        {failed.map(({ error, id }) => (
          <div key={id} className="flex flex-wrap items-center gap-2">
            <ErrorState error={error} className="py-4" />
            <Button size="sm" onClick={() => drop(id)}>
              Leave it out
            </Button>
          </div>
        ))}
        {jobs.length > 0 && <Comparison jobs={jobs} onDrop={drop} />}
      </>
    );
  };
  return (
    <div className="h-full overflow-auto">
      <header className="flex flex-wrap items-center gap-3 px-3 pt-3 pb-2 sm:px-4">
        <h1 className="font-semibold text-xl tracking-tight">Comparison of jobs</h1>
        {jobs.length > 0 && <CopyLink />}
      </header>
      <div className="grid gap-3 px-3 pb-8 sm:px-4">{body()}</div>
    </div>
  );
}

/** The address as it is when it is copied: everything chosen is in it. */
function CopyLink() {
  const [jobs] = useQueryState('jobs');
  const [different] = useQueryState('different');
  const query = new URLSearchParams({ ...(jobs ? { jobs } : {}), ...(different ? { different } : {}) });
  const origin = typeof location === 'undefined' ? '' : location.origin;
  return <CopyButton text={`${origin}/jobs/compare?${query}`} what="the link to this comparison" />;
}
