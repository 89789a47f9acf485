'use client';
import { Cog } from 'lucide-react';
import Link from 'next/link';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { Progress } from '#src/components/ui/progress.tsx';
import { Status } from '#src/components/ui/status.tsx';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
import type { JobState } from '#src/shared/model/states.ts';
import { elapsedWords } from './connection.ts';

type CockpitJob = CockpitView['jobs'][number];

const TONES: Readonly<Record<JobState, 'queued' | 'running' | 'ok' | 'failed' | 'muted'>> = {
  queued: 'queued',
  submitted: 'queued',
  running: 'running',
  succeeded: 'ok',
  failed: 'failed',
  cancelled: 'muted',
};
const UNDER_WAY: readonly JobState[] = ['queued', 'submitted', 'running'];

/** The first two declared metrics that have a value, in the words of the template. */
export function bestMetrics(job: Pick<CockpitJob, 'metrics' | 'declaredMetrics'>): string {
  const words: string[] = [];
  for (const declared of job.declaredMetrics) {
    const value = job.metrics[String(declared.name)];
    if (value === null || value === undefined) continue;
    const shown = typeof value === 'number' ? Number(value.toPrecision(3)).toLocaleString('en-US') : value;
    const unit = declared.unit ? ` ${String(declared.unit)}` : '';
    words.push(`${String(declared.label ?? declared.name)} ${shown}${unit}`);
    if (words.length === 2) break;
  }
  return words.join(' · ');
}

function JobRow({ job, now }: { job: CockpitJob; now: Date }) {
  const underWay = UNDER_WAY.includes(job.state);
  const took = job.startedAt && elapsedWords((job.finishedAt ?? now).getTime() - job.startedAt.getTime());
  return (
    <li className="grid grid-cols-1 gap-1 px-3 py-2 hover:bg-hover">
      <div className="flex items-center gap-2">
        <Status tone={TONES[job.state]} className="w-24" title={job.failure?.message}>
          {job.state}
        </Status>
        <Link href={`/jobs/${job.id}`} className="min-w-0 truncate text-sm hover:underline">
          {job.templateName}
          {job.base && (
            <span className="ml-2 font-mono text-ink-soft text-xs">{job.base.replace(/^raw\//, '')}</span>
          )}
        </Link>
        <span className="ml-auto shrink-0 text-ink-faint text-xs">{took}</span>
      </div>
      {job.state === 'running' && (
        <Progress value={job.progress} max={1} label={`Progress of ${job.templateName}`} />
      )}
      {underWay ? (
        job.progressText && <p className="truncate text-ink-soft text-xs">{job.progressText}</p>
      ) : (
        <p className="truncate text-ink-soft text-xs">
          {job.failure ? job.failure.message : bestMetrics(job)}
        </p>
      )}
    </li>
  );
}

/** Jobs under way, then the newest that ended. */
export function JobsCard({ view, now }: { view: CockpitView; now: Date }) {
  const running = view.jobs.filter((job) => UNDER_WAY.includes(job.state)).length;
  return (
    <Card aria-label="Jobs">
      <CardHeader title="Jobs" hint={running > 0 ? `${running} under way` : 'none under way'}>
        <Link href="/jobs" className="text-accent text-xs hover:underline">
          all jobs
        </Link>
      </CardHeader>
      {view.jobs.length === 0 ? (
        <EmptyState icon={Cog} title="No jobs in the last 12 hours" className="py-6">
          Triggers of the instrument start jobs when a dataset is finished.
        </EmptyState>
      ) : (
        <ul className="divide-y">
          {view.jobs.map((job) => (
            <JobRow key={job.id} job={job} now={now} />
          ))}
        </ul>
      )}
    </Card>
  );
}
