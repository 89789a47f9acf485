'use client';
import { useMutation } from '@tanstack/react-query';
import { ChartSpline, Download, FileBox } from 'lucide-react';
import { exactBytes, formatBytes } from '#src/components/format.ts';
import { Plot } from '#src/components/plot.tsx';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { JobDetail } from '#src/server/domain/jobs/jobs.service.ts';
import { costSentence, ruleSentence } from './job-cost-words.ts';
import { isOver, resourceWords, shownMetrics } from './job-words.ts';
import { parameterText } from './parameter-words.ts';

export function JobMetricsPart({ job }: { job: Pick<JobDetail, 'declaredMetrics' | 'metrics'> }) {
  // A grid of dashes says nothing: until something is told there is no grid.
  if (Object.keys(job.metrics).length === 0) return null;
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-3 lg:grid-cols-5">
      {shownMetrics(job).map(({ name, label, text }) => (
        <div key={name} className="min-w-0">
          <dt className="truncate text-ink-faint text-xs" title={label}>
            {label}
          </dt>
          <dd className="font-semibold text-lg tabular-nums leading-6 wrap-break-word">{text}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Says of what is shown that it may still change. */
export function SoFar({ job }: { job: Pick<JobDetail, 'state' | 'metrics' | 'plots' | 'files'> }) {
  const has = Object.keys(job.metrics).length > 0 || job.plots.length > 0 || job.files.length > 0;
  if (isOver(job.state) || !has) return null;
  return (
    <p className="flex flex-wrap items-center gap-2 text-ink-soft text-sm">
      <Status tone="running">Provisional</Status>
      The job goes on: what is shown is what there is so far, and may still change.
    </p>
  );
}

export function JobPlotsPart({ job }: { job: Pick<JobDetail, 'plots' | 'state' | 'files'> }) {
  if (job.plots.length === 0) {
    // Pictures and reports stand in their place.
    if (job.files.some((file) => file.canShow)) return null;
    return (
      <EmptyState icon={ChartSpline} title={isOver(job.state) ? 'No plots' : 'No plots yet'}>
        {isOver(job.state)
          ? job.state === 'succeeded'
            ? 'Its program drew none.'
            : 'The job ended before its program drew any.'
          : 'Plots appear while the job runs, as soon as its program draws them.'}
      </EmptyState>
    );
  }
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      {job.plots.map((plot) => (
        <section key={plot.id} className="min-w-0 rounded-md border bg-surface p-2">
          <h2 className="px-1 font-medium text-ink-soft text-xs">{plot.title}</h2>
          <Plot traces={plot.data} layout={plot.layout} label={plot.title} className="h-52" />
        </section>
      ))}
    </div>
  );
}

export function JobFilesPart({
  job,
}: {
  job: Pick<JobDetail, 'files' | 'outputPath' | 'outputs' | 'state'>;
}) {
  const trpc = useTRPC();
  const download = useMutation(
    trpc.files.download.mutationOptions({
      onSuccess: ({ url }) => {
        const link = document.createElement('a');
        link.href = url;
        link.rel = 'noreferrer';
        link.click();
      },
      onError: (error) => toast.failed(error),
    }),
  );
  if (job.files.length === 0) {
    return (
      <EmptyState icon={FileBox} title={isOver(job.state) ? 'No files' : 'No files yet'}>
        {isOver(job.state)
          ? 'Only a job that succeeds leaves files.'
          : 'Files appear while the job runs, as soon as its program writes them.'}
        {job.outputPath && <code className="mt-1 block break-all text-xs">{job.outputPath}</code>}
      </EmptyState>
    );
  }
  const folder = `${job.outputPath}/`;
  const labelOf = (path: string) => job.outputs.find((output) => `${folder}${output.path}` === path)?.label;
  return (
    <div className="grid gap-2">
      <p className="break-all font-mono text-ink-faint text-xs">{job.outputPath}</p>
      {job.files.some(({ id }) => id === null) && (
        <p className="flex flex-wrap items-center gap-2 text-ink-soft text-sm">
          <Status tone="running">Provisional</Status>
          They can be downloaded when the job has succeeded; until then they may change or vanish.
        </p>
      )}
      <ul className="divide-y rounded-md border bg-surface">
        {job.files.map((file) => (
          <li key={file.path} className="flex items-center gap-3 px-3 py-1.5">
            <span className="grid min-w-0 flex-1">
              {labelOf(file.path) && (
                <span className="truncate font-medium text-sm">{labelOf(file.path)}</span>
              )}
              <span className="truncate font-mono text-sm" title={file.path}>
                {file.path.startsWith(folder) ? file.path.slice(folder.length) : file.path}
              </span>
            </span>
            <span className="shrink-0 text-ink-faint text-xs tabular-nums" title={exactBytes(file.sizeBytes)}>
              {formatBytes(file.sizeBytes)}
            </span>
            {file.changedAt && <RelativeTime at={file.changedAt} className="text-ink-faint text-xs" />}
            {file.id !== null && (
              <Button
                look="quiet"
                size="icon-sm"
                aria-label={`Download ${file.name}`}
                onClick={() => download.mutate({ fileId: file.id! })}
              >
                <Download aria-hidden />
              </Button>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

export function JobParametersPart({ job }: { job: JobDetail }) {
  return (
    <div className="grid gap-3">
      <p className="max-w-prose text-ink-soft text-sm">{job.templateDescription}</p>
      <dl className="grid gap-x-6 gap-y-1.5 sm:grid-cols-[max-content_1fr]">
        {job.declaredParameters.map((parameter) => (
          <div key={parameter.name} className="contents">
            <dt className="text-ink-soft text-sm" title={parameter.name}>
              {parameter.label}
            </dt>
            <dd className="mb-1 text-sm sm:mb-0">
              <span className="font-medium tabular-nums">
                {parameterText(parameter, job.parameters[parameter.name], job.datasets)}
              </span>
              {parameter.default != null && job.parameters[parameter.name] === parameter.default && (
                <span className="ml-2 text-ink-faint text-xs">default</span>
              )}
              <span className="block text-ink-faint text-xs">{parameter.description}</span>
            </dd>
          </div>
        ))}
        <div className="contents">
          <dt className="text-ink-soft text-sm">Size</dt>
          <dd className="text-sm">
            {job.profileName === null
              ? '1 CPU'
              : `${job.profileName}: ${job.cpus} ${job.cpus === 1 ? 'CPU' : 'CPUs'}`}
          </dd>
        </div>
        <div className="contents">
          <dt className="text-ink-soft text-sm">Used</dt>
          <dd className="text-sm">{resourceWords(job)}</dd>
        </div>
        <div className="contents">
          <dt className="text-ink-soft text-sm">Cost</dt>
          <dd className="text-sm">
            {[costSentence(job), ruleSentence(job.payingRule)].filter(Boolean).join(' ')}
          </dd>
        </div>
        <div className="contents">
          <dt className="text-ink-soft text-sm">Confined by</dt>
          <dd className="text-sm">
            {job.isolation === null
              ? 'not started yet'
              : job.isolation === 'none'
                ? 'nothing: bubblewrap does not work on the server'
                : job.isolation}
          </dd>
        </div>
        <div className="contents">
          <dt className="text-ink-soft text-sm">Job</dt>
          <dd className="break-all font-mono text-xs leading-5">{job.id}</dd>
        </div>
      </dl>
    </div>
  );
}
