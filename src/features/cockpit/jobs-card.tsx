'use client';
import { Cog } from 'lucide-react';
import Link from 'next/link';
import { formatMetric } from '#src/components/format-metric.ts';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { Progress } from '#src/components/ui/progress.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { isOver, JOB_STATE_WORDS, RunAgain, tookWords } from '#src/features/jobs/index.ts';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
import type { Moment } from './connection.ts';
import { computeWords, othersJobsWords } from './others-words.ts';
import { TriggerSwitches } from './trigger-switches.tsx';

type CockpitJob = CockpitView['jobs'][number];

/** The first two declared metrics that have a value, in the words of the template. */
export function bestMetrics(job: Pick<CockpitJob, 'metrics' | 'declaredMetrics'>): string {
  const words: string[] = [];
  for (const declared of job.declaredMetrics) {
    const value = job.metrics[String(declared.name)];
    if (value === null || value === undefined) continue;
    const unit = declared.unit ? String(declared.unit) : null;
    const shown = formatMetric({ digits: Number(declared.digits ?? 0), unit }, value);
    words.push(`${String(declared.label ?? declared.name)} ${shown}`);
    if (words.length === 2) break;
  }
  return words.join(' · ');
}

function JobRow({ job, moment: { now, isServerLost } }: { job: CockpitJob; moment: Moment }) {
  const underWay = !isOver(job.state);
  const { word, tone: toneOfState } = JOB_STATE_WORDS[job.state];
  const tone = underWay && isServerLost ? 'muted' : toneOfState;
  return (
    <li className="grid grid-cols-1 gap-1 px-3 py-2 hover:bg-hover">
      <div className="flex items-center gap-2">
        <Status tone={tone} className="w-24" title={job.failure?.message}>
          {word}
        </Status>
        <Link href={`/jobs/${job.id}`} className="wrap-anywhere min-w-0 text-sm hover:underline">
          {job.templateName}
          {job.base && (
            <span className="font-mono text-ink-soft text-xs max-sm:block sm:ml-2">
              {job.base.replace(/^raw\//, '')}
            </span>
          )}
        </Link>
        {job.triggerName === null && (
          <span className="shrink-0 text-ink-faint text-xs" title="Started by a person or by a program.">
            by hand
          </span>
        )}
        <span className="ml-auto shrink-0 text-ink-faint text-xs">{tookWords(job, now.getTime())}</span>
        {!underWay && <RunAgain job={job} inRow />}
      </div>
      {job.state === 'running' && (
        <Progress value={job.progress} max={1} tone={tone} label={`Progress of ${job.templateName}`} />
      )}
      {underWay ? (
        // What it has found so far stands beside how far it is.
        <p className="line-clamp-2 text-ink-soft text-xs empty:hidden">
          {[job.progressText, bestMetrics(job)].filter(Boolean).join(' · ')}
        </p>
      ) : (
        <p className="line-clamp-3 text-ink-soft text-xs">
          {job.failure ? job.failure.message : bestMetrics(job)}
        </p>
      )}
    </li>
  );
}

/** What is started by itself, the jobs under way, then the newest that ended; of those of other groups how many. */
export function JobsCard({
  view,
  moment,
  refresh,
}: {
  view: CockpitView;
  moment: Moment;
  refresh: () => void;
}) {
  const others = othersJobsWords(view.others);
  return (
    <Card aria-label="Jobs">
      <CardHeader title="Jobs" hint={computeWords(view.compute)}>
        <Link href="/jobs" className="text-accent text-xs hover:underline">
          all jobs
        </Link>
      </CardHeader>
      <TriggerSwitches view={view} moment={moment} refresh={refresh} />
      {view.jobs.length === 0 ? (
        <EmptyState icon={Cog} title="No jobs in the last 12 hours" className="py-6">
          Triggers of the instrument start jobs when a dataset is finished.
        </EmptyState>
      ) : (
        <ul className="divide-y">
          {view.jobs.map((job) => (
            <JobRow key={job.id} job={job} moment={moment} />
          ))}
        </ul>
      )}
      {others && <p className="border-t px-3 py-2 text-ink-faint text-xs">{others}</p>}
    </Card>
  );
}
