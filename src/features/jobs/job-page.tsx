'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import Link from 'next/link';
import { useNow } from '#src/components/clock.ts';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Progress } from '#src/components/ui/progress.tsx';
import { Skeleton, SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { useLive, usePageLabel, useTRPC } from '#src/features/shell/index.ts';
import { costInRow, costSentence } from './job-cost-words.ts';
import { JobDetail } from './job-detail.tsx';
import { isOver, JOB_STATE_WORDS, jobName, jobSentence, starterWords, tookWords } from './job-words.ts';

/** One job on a page of its own: what a link in a message leads to. */
export function JobPage({ jobId }: { jobId: string }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const options = trpc.jobs.get.queryOptions({ jobId });
  const query = useQuery(options);
  const job = query.data;
  usePageLabel(job ? jobName(job) : 'Job');
  const nowMs = useNow(job !== undefined && !isOver(job.state));
  useLive([`job:${jobId}`], (event) => {
    if (event.kind === 'job.changed') void queryClient.invalidateQueries({ queryKey: options.queryKey });
  });
  if (query.isPending) {
    return (
      <div className="grid gap-3 p-3 sm:p-4">
        <Skeleton className="h-7 w-72 max-w-full" />
        <SkeletonRows />
      </div>
    );
  }
  if (!job)
    return (
      <ErrorState
        error={query.error}
        retry={() => void query.refetch()}
        wayOn={{ href: '/jobs', label: 'All jobs' }}
      />
    );
  const { word, tone } = JOB_STATE_WORDS[job.state];
  const took = tookWords(job, nowMs);
  const cost = costInRow(job);
  const sentence = job.state === 'failed' ? null : jobSentence(job);
  return (
    <div className="h-full overflow-auto">
      <header className="grid gap-1 px-3 pt-3 sm:px-4">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1 className="flex min-w-0 flex-wrap items-baseline gap-x-3">
            <span className="font-semibold text-xl tracking-tight">{job.templateName}</span>
            {job.base && (
              <span className="truncate font-mono text-base">{job.base.replace(/^raw\//, '')}</span>
            )}
          </h1>
          <Status tone={tone}>{word}</Status>
          {sentence && <span className="text-ink-soft text-sm">{sentence}</span>}
        </div>
        <p className="flex flex-wrap gap-x-4 gap-y-0.5 text-ink-soft text-sm">
          <Link href={`/experiments/${job.experimentCode}/jobs`} className="hover:underline">
            <span className="font-mono">{job.experimentCode}</span> {job.experimentTitle}
          </Link>
          <span>{job.instrumentName}</span>
          <span>started by {starterWords(job)}</span>
          <RelativeTime at={job.startedAt ?? job.createdAt} />
          {cost && (
            <span className="tabular-nums" title={costSentence(job)}>
              {cost.text} CPU h {cost.isSetAside ? 'set aside' : ''} · {job.sponsorName}
            </span>
          )}
          {job.overAllowance && (
            <Status tone="warn" title={costSentence(job)}>
              on grace
            </Status>
          )}
          {took && <span className="tabular-nums">{isOver(job.state) ? `took ${took}` : `for ${took}`}</span>}
        </p>
        {job.state === 'running' && (
          <Progress value={job.progress} max={1} label="Progress of the job" className="mt-1 max-w-xl" />
        )}
      </header>
      <div className="px-3 pt-2 pb-8 sm:px-4">
        <JobDetail jobId={jobId} onPage />
      </div>
    </div>
  );
}
