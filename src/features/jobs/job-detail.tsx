'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Ban, ExternalLink } from 'lucide-react';
import Link from 'next/link';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { Tabs, TabsContent, TabsList, TabsTrigger } from '#src/components/ui/tabs.tsx';
import { useLive, useTRPC } from '#src/features/shell/index.ts';
import type { JobDetail as Job } from '#src/server/domain/jobs/jobs.service.ts';
import { comparePath } from './compared-jobs.ts';
import { JobLog } from './job-log.tsx';
import { JobFilesPart, JobMetricsPart, JobParametersPart, JobPlotsPart, SoFar } from './job-parts.tsx';
import { JobResult } from './job-result.tsx';
import { JOB_STATE_WORDS } from './job-words.ts';
import { RunAgain } from './run-again.tsx';
import { differenceWords, runDifferences } from './run-difference.ts';
import { JobShownFiles } from './shown-files.tsx';

const PARTS = ['results', 'log', 'files', 'parameters'] as const;

function Failure({ failure }: { failure: NonNullable<Job['failure']> }) {
  return (
    <div role="alert" className="grid gap-2 rounded-md border border-failed/35 bg-failed/8 p-3">
      <p className="font-medium text-failed text-sm">{failure.message}</p>
      {failure.tail !== '' && (
        <pre className="max-h-40 overflow-auto whitespace-pre-wrap font-mono text-ink-soft text-xs leading-5 [overflow-wrap:anywhere]">
          {failure.tail}
        </pre>
      )}
    </div>
  );
}

function Actions({ job, onPage }: { job: Job; onPage: boolean }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const refresh = () => queryClient.invalidateQueries(trpc.jobs.pathFilter());
  const cancel = useMutation(trpc.jobs.cancel.mutationOptions({ onSuccess: refresh }));
  const { datasetId } = job;
  const leavesSpots =
    ['running', 'succeeded'].includes(job.state) && job.outputs.some(({ kind }) => kind === 'spots');
  const frames = datasetId && `/experiments/${job.experimentCode}/datasets/${datasetId}/frames/1`;
  const viewer = frames && leavesSpots ? `${frames}?spots=${job.id}` : frames;
  return (
    <div className="flex flex-wrap items-center gap-2">
      {viewer && (
        <Button asChild size="sm">
          <Link href={viewer}>{leavesSpots ? 'Open frames with its spots' : 'Open frames'}</Link>
        </Button>
      )}
      {job.canRun && <RunAgain job={job} />}
      {job.canCancel && (
        <ConfirmDialog
          trigger={
            <Button size="sm" look="danger">
              <Ban aria-hidden />
              Cancel
            </Button>
          }
          title={`Cancel ${job.templateName}${job.base ? ` of ${job.base.replace(/^raw\//, '')}` : ''}?`}
          action="Cancel the job"
          onConfirm={() => cancel.mutateAsync({ jobId: job.id })}
        >
          Its program is ended and its results so far are lost; what it ran until now is charged. You can run
          it again.
        </ConfirmDialog>
      )}
      {!onPage && (
        <Button asChild size="sm" look="quiet">
          <Link href={`/jobs/${job.id}`}>
            <ExternalLink aria-hidden />
            Own page
          </Link>
        </Button>
      )}
    </div>
  );
}

/** The job that this one repeats with what is otherwise, and those that repeat it. */
function Relations({ job }: { job: Job }) {
  const { parent, repetitions } = job;
  if (!parent && repetitions.length === 0) return null;
  const changes = parent ? runDifferences(parent, job, job.datasets) : [];
  const compared = [parent?.id, job.id, ...repetitions.map(({ id }) => id)].filter((id) => id !== undefined);
  return (
    <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1 text-sm">
      {parent && (
        <p>
          Repeats{' '}
          <Link href={`/jobs/${parent.id}`} className="text-accent hover:underline">
            {parent.templateName} <RelativeTime at={parent.createdAt} />
          </Link>
          {changes.length === 0 ? ', with nothing changed.' : ': '}
          {changes.length > 0 && (
            <span className="font-medium">{changes.map(differenceWords).join('; ')}</span>
          )}
        </p>
      )}
      {repetitions.length > 0 && (
        <p>
          Run again:{' '}
          {repetitions.map(({ id, templateName, state, createdAt }, index) => (
            <span key={id}>
              {index > 0 && ', '}
              <Link href={`/jobs/${id}`} className="text-accent hover:underline">
                {templateName === job.templateName ? '' : `${templateName} `}
                <RelativeTime at={createdAt} />
              </Link>{' '}
              <span className="text-ink-faint">{JOB_STATE_WORDS[state].word.toLowerCase()}</span>
            </span>
          ))}
        </p>
      )}
      <Link href={comparePath(compared)} className="text-accent hover:underline">
        Compare
      </Link>
    </div>
  );
}

/** Everything of one job, live: in place under its row, and on its own page. */
export function JobDetail({ jobId, onPage = false }: { jobId: string; onPage?: boolean }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [part, setPart] = useQueryState('part', parseAsStringLiteral(PARTS).withDefault('results'));
  const options = trpc.jobs.get.queryOptions({ jobId });
  const query = useQuery(options);
  useLive([`job:${jobId}`], (event) => {
    if (event.kind === 'job.changed') void queryClient.invalidateQueries({ queryKey: options.queryKey });
  });
  if (query.isPending) return <SkeletonRows rows={5} />;
  const job = query.data;
  if (!job) return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  return (
    <div className="grid gap-3">
      {job.failure && <Failure failure={job.failure} />}
      <Relations job={job} />
      <JobResult job={job} />
      <Tabs value={part} onValueChange={(value) => void setPart(value as (typeof PARTS)[number])}>
        <div className="flex flex-wrap items-end justify-between gap-x-4 gap-y-2">
          <TabsList aria-label="Parts of the job">
            <TabsTrigger value="results">Results</TabsTrigger>
            <TabsTrigger value="log">Log</TabsTrigger>
            <TabsTrigger value="files">
              Files
              {job.files.length > 0 && <span className="text-ink-faint text-xs">{job.files.length}</span>}
            </TabsTrigger>
            <TabsTrigger value="parameters">Parameters</TabsTrigger>
          </TabsList>
          <Actions job={job} onPage={onPage} />
        </div>
        <TabsContent value="results" className="grid gap-4 pt-3">
          <SoFar job={job} />
          <JobMetricsPart job={job} />
          <JobPlotsPart job={job} />
          <JobShownFiles job={job} />
        </TabsContent>
        <TabsContent value="log" className="pt-3">
          <JobLog job={job} />
        </TabsContent>
        <TabsContent value="files" className="pt-3">
          <JobFilesPart job={job} />
        </TabsContent>
        <TabsContent value="parameters" className="pt-3">
          <JobParametersPart job={job} />
        </TabsContent>
      </Tabs>
    </div>
  );
}
