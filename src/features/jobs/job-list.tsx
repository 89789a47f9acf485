'use client';
import { useQuery } from '@tanstack/react-query';
import { GitCompare, ListChecks, Search } from 'lucide-react';
import Link from 'next/link';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { cn } from '#src/components/class-names.ts';
import { Button } from '#src/components/ui/button.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { useKeys, useProfile, useTRPC } from '#src/features/shell/index.ts';
import { comparePath, MOST_COMPARED } from './compared-jobs.ts';
import { JobDetail } from './job-detail.tsx';
import { JobFilters } from './job-filters.tsx';
import { JobHead, JobRow } from './job-row.tsx';
import { JOB_FILTER_KEYS, JOB_FILTERS, jobName } from './job-words.ts';
import { RunAgain } from './run-again.tsx';
import { useJobChoice } from './use-job-choice.ts';
import { type JobScope, useJobs } from './use-jobs.ts';

/** An empty list promises jobs only to who will see some: not to people who belong to no experiment and no instrument. */
function NoJobs({ scope }: { scope: JobScope }) {
  const trpc = useTRPC();
  const profile = useProfile();
  const narrowed = Boolean(scope.experimentId || scope.instrumentId || scope.datasetId);
  const asks = !narrowed && profile.instruments.length === 0;
  const own = useQuery(trpc.experiments.list.queryOptions({ limit: 1 }, { enabled: asks }));
  if (asks && own.isPending) return <SkeletonRows rows={2} />;
  if (asks && own.data?.items.length === 0) {
    return (
      <EmptyState
        icon={ListChecks}
        title="No jobs"
        action={
          <Button asChild>
            <Link href="/experiments">Experiments</Link>
          </Button>
        }
      >
        Jobs of your experiments are listed here. You belong to no experiment yet.
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={ListChecks} title="No jobs yet">
      Triggers of the instrument start jobs by themselves when a dataset is finished: what comes in next is
      analysed, and shows up here while it runs.
    </EmptyState>
  );
}

/** Asks for the next page when its end comes into sight. */
function MoreRows({ onSight, busy }: { onSight: () => void; busy: boolean }) {
  const end = useRef<HTMLDivElement>(null);
  const latest = useRef(onSight);
  useEffect(() => {
    latest.current = onSight;
  });
  useEffect(() => {
    if (!end.current) return;
    const sight = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && latest.current(),
      { rootMargin: '400px' },
    );
    sight.observe(end.current);
    return () => sight.disconnect();
  }, []);
  return <div ref={end}>{busy && <SkeletonRows rows={2} />}</div>;
}

/**
 * Jobs of an experiment, an instrument, a dataset, or (without any) all one sees. A row opens in place; filter, open row and its
 * part live in the address.
 */
export function JobList(scope: JobScope & { className?: string; actions?: ReactNode }) {
  const { className, actions, experimentId, instrumentId, datasetId } = scope;
  const [filter, setFilter] = useQueryState('show', parseAsStringLiteral(JOB_FILTER_KEYS).withDefault('all'));
  const [openId, setOpenId] = useQueryState('job');
  const [, setPart] = useQueryState('part');
  const [current, setCurrent] = useState(-1);
  const list = useRef<HTMLUListElement>(null);
  const { choice, isNarrowed, clear } = useJobChoice();
  const scopeOf = { experimentId, instrumentId, datasetId };
  const jobs = useJobs(scopeOf, filter, choice);
  const [ticked, setTicked] = useState<readonly string[]>([]);
  const tick = (id: string) =>
    setTicked((before) => (before.includes(id) ? before.filter((each) => each !== id) : [...before, id]));
  const { rows } = jobs;

  const toggle = (index: number) => {
    const row = rows[index];
    if (!row) return;
    setCurrent(index);
    if (row.id === openId) void setPart(null);
    void setOpenId(row.id === openId ? null : row.id);
  };
  const move = (to: number) => {
    const index = Math.min(rows.length - 1, Math.max(0, to));
    setCurrent(index);
    list.current?.children[index]?.scrollIntoView({ block: 'nearest' });
  };
  useKeys('Jobs', [
    { keys: 'ArrowDown', does: 'Next job', run: () => move(current + 1) },
    { keys: 'ArrowUp', does: 'Previous job', run: () => move(current - 1) },
    { keys: 'Enter', does: 'Open or close the job', run: () => toggle(current) },
    { keys: 'Escape', does: 'Close the open job', run: () => void setOpenId(null) },
  ]);

  const body = () => {
    if (jobs.isPending) return <SkeletonRows rows={8} />;
    if (jobs.isError && rows.length === 0) {
      return <ErrorState error={jobs.error} retry={() => void jobs.refetch()} />;
    }
    if (rows.length === 0) {
      if (isNarrowed) {
        return (
          <EmptyState
            icon={Search}
            title="No job fits these filters"
            action={
              <Button
                onClick={() => {
                  clear();
                  void setFilter('all');
                }}
              >
                Show all
              </Button>
            }
          />
        );
      }
      return filter === 'all' ? (
        <NoJobs scope={{ experimentId, instrumentId, datasetId }} />
      ) : (
        <EmptyState
          icon={Search}
          title={`No job is “${JOB_FILTERS[filter].label.toLowerCase()}”`}
          action={<Button onClick={() => void setFilter('all')}>Show all</Button>}
        />
      );
    }
    return (
      <>
        <div className="sticky top-0 z-10 border-b bg-surface pr-10 pl-8">
          <JobHead />
        </div>
        <ul ref={list} aria-label="Jobs">
          {rows.map((job, index) => {
            const open = job.id === openId;
            const panelId = `job-${job.id}`;
            return (
              <li key={job.id} className="border-b">
                <div
                  data-current={index === current || undefined}
                  className="flex items-center hover:bg-hover data-current:bg-accent/10"
                >
                  <label className="grid w-8 shrink-0 cursor-pointer place-items-center self-stretch">
                    <input
                      type="checkbox"
                      className="accent-(--accent)"
                      aria-label={`Choose ${jobName(job)} for a comparison`}
                      checked={ticked.includes(job.id)}
                      disabled={!ticked.includes(job.id) && ticked.length >= MOST_COMPARED}
                      onChange={() => tick(job.id)}
                    />
                  </label>
                  <JobRow
                    job={job}
                    open={open}
                    withExperiment={!experimentId}
                    panelId={panelId}
                    onToggle={() => toggle(index)}
                  />
                  <div className="w-10 shrink-0">
                    <RunAgain job={job} inRow />
                  </div>
                </div>
                {open && (
                  <section
                    id={panelId}
                    aria-label={`${job.templateName} ${job.base ?? ''}`}
                    className="border-t bg-ground px-3 pt-1 pb-5 sm:px-10"
                  >
                    <JobDetail jobId={job.id} />
                  </section>
                )}
              </li>
            );
          })}
        </ul>
        {jobs.hasNextPage && (
          <MoreRows
            busy={jobs.isFetchingNextPage}
            onSight={() => !jobs.isFetchingNextPage && void jobs.fetchNextPage()}
          />
        )}
      </>
    );
  };

  return (
    <div className={cn('flex h-full min-h-0 flex-col', className)}>
      <div className="flex items-center gap-2 px-3 py-2 max-sm:flex-wrap sm:px-4">
        <div className="flex min-w-0 items-center gap-2 overflow-x-auto p-0.5 max-sm:basis-full">
          <JobFilters scope={scopeOf} filter={filter} onFilter={(next) => void setFilter(next)} />
        </div>
        {actions && <div className="ml-auto shrink-0">{actions}</div>}
      </div>
      {ticked.length > 0 && (
        <div className="flex flex-wrap items-center gap-2 border-t bg-accent/8 px-3 py-1.5 text-sm sm:px-4">
          <span className="tabular-nums">
            {ticked.length} of at most {MOST_COMPARED} chosen
          </span>
          {ticked.length > 1 ? (
            <Button asChild size="sm" look="primary">
              <Link href={comparePath(ticked)}>
                <GitCompare aria-hidden />
                Compare
              </Link>
            </Button>
          ) : (
            <span className="text-ink-soft text-xs">Choose another to compare.</span>
          )}
          <Button size="sm" look="quiet" onClick={() => setTicked([])}>
            Choose none
          </Button>
        </div>
      )}
      <div className="min-h-64 flex-1 overflow-auto border-t bg-surface">{body()}</div>
    </div>
  );
}
