'use client';
import { ChevronRight, Star, Zap } from 'lucide-react';
import { cn } from '#src/components/class-names.ts';
import { useNow } from '#src/components/clock.ts';
import { inLine } from '#src/components/format-metric.ts';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Progress } from '#src/components/ui/progress.tsx';
import { Status } from '#src/components/ui/status.tsx';
import type { JobView } from '#src/server/domain/jobs/jobs.service.ts';
import { costInRow, costSentence } from './job-cost-words.ts';
import { isOver, JOB_STATE_WORDS, jobSentence, rowMetrics, starterWords, tookWords } from './job-words.ts';

/** The same columns for head and rows; on a phone state, name and results are left, one under the other. */
export const JOB_COLUMNS =
  'grid items-center gap-x-4 gap-y-0.5 px-3 sm:px-4 grid-cols-[1rem_minmax(0,1fr)_auto] md:grid-cols-[1rem_7rem_minmax(9rem,2fr)_minmax(6rem,1fr)_6rem_5rem_minmax(5.5rem,1fr)_minmax(11rem,1.6fr)]';

export function JobHead() {
  return (
    <div className={cn(JOB_COLUMNS, 'h-8 pl-1! text-ink-faint text-xs max-md:hidden')}>
      <span />
      <span>State</span>
      <span>Job · dataset</span>
      <span>Started by</span>
      <span>When</span>
      <span className="text-right">Took</span>
      <span className="text-right">CPU h</span>
      <span>Best results</span>
    </div>
  );
}

function Took({ job }: { job: JobView }) {
  // Only what still runs needs the clock.
  const nowMs = useNow(!isOver(job.state));
  return <>{tookWords(job, nowMs) ?? '—'}</>;
}

/** CPU hours and who pays. */
function Cost({ job }: { job: JobView }) {
  const cost = costInRow(job);
  return (
    <span className="grid min-w-0" title={costSentence(job)}>
      <span className={cn('tabular-nums', cost?.isSetAside ? 'text-queued' : 'text-ink-soft')}>
        {cost === null ? '—' : cost.isSetAside ? `${cost.text} set aside` : cost.text}
      </span>
      <span className="truncate text-2xs text-ink-faint">
        {job.overAllowance ? <span className="text-warn">on grace</span> : job.sponsorName}
      </span>
    </span>
  );
}

function Outcome({ job }: { job: JobView }) {
  const sentence = jobSentence(job);
  const metrics = rowMetrics(job);
  if (job.state === 'running') {
    return (
      <span className="grid min-w-0 gap-1">
        <span className="truncate text-ink-soft text-xs">{sentence ?? 'running'}</span>
        <Progress value={job.progress} max={1} label={`Progress of ${job.templateName}`} />
      </span>
    );
  }
  if (sentence !== null) {
    return (
      <span
        className={cn('line-clamp-2 text-xs', job.state === 'failed' ? 'text-failed' : 'text-ink-soft')}
        title={sentence}
      >
        {sentence}
      </span>
    );
  }
  return (
    <span className="flex min-w-0 flex-wrap gap-x-4">
      {metrics.length === 0 && <span className="text-ink-faint text-xs">—</span>}
      {metrics.map(({ name, label, text }) => (
        <span key={name} className="whitespace-nowrap text-sm">
          <span className="font-medium tabular-nums">{text}</span>{' '}
          <span className="text-ink-faint text-xs">{inLine(label)}</span>
        </span>
      ))}
    </span>
  );
}

/** One job in a list; pressing it opens or closes what is under it. */
export function JobRow({
  job,
  open,
  withExperiment,
  panelId,
  onToggle,
}: {
  job: JobView;
  open: boolean;
  /** Lists over several experiments say which. */
  withExperiment: boolean;
  panelId: string;
  onToggle: () => void;
}) {
  const { word, tone } = JOB_STATE_WORDS[job.state];
  return (
    <button
      type="button"
      aria-expanded={open}
      aria-controls={open ? panelId : undefined}
      onClick={onToggle}
      className={cn(
        JOB_COLUMNS,
        'min-h-14 min-w-0 flex-1 py-1.5 pl-1! text-left focus-visible:outline-offset-[-2px] sm:pl-1!',
      )}
    >
      <ChevronRight
        className={cn('size-4 text-ink-faint transition-transform', open && 'rotate-90')}
        aria-hidden
      />
      <Status tone={tone} className="max-md:order-2">
        {word}
      </Status>
      <span className="grid min-w-0 max-md:order-1">
        <span className="truncate font-medium text-sm">
          {job.templateName}
          {job.isResult && (
            <Star
              role="img"
              className="ml-1.5 inline size-3 -translate-y-px fill-current text-accent"
              aria-label="Stands for its dataset in lists"
            />
          )}
          {job.priority === 'test' && <span className="ml-1.5 font-normal text-ink-faint text-xs">test</span>}
        </span>
        <span className="truncate text-ink-faint text-xs">
          {job.base && <span className="font-mono">{job.base.replace(/^raw\//, '')}</span>}
          {job.sampleName && <span>{` · ${job.sampleName}`}</span>}
          {withExperiment && <span>{` · ${job.experimentCode}`}</span>}
        </span>
      </span>
      <span className="flex min-w-0 items-center gap-1 text-ink-soft text-xs max-md:hidden">
        {!job.startedByName && <Zap className="size-3 shrink-0" aria-hidden />}
        <span className="truncate" title={starterWords(job)}>
          {job.startedByName ?? job.triggerName ?? 'the system'}
        </span>
      </span>
      <RelativeTime at={job.startedAt ?? job.createdAt} className="text-ink-soft text-xs max-md:hidden" />
      <span className="text-right text-ink-soft text-xs tabular-nums max-md:hidden">
        <Took job={job} />
      </span>
      <span className="grid min-w-0 text-right text-xs max-md:hidden">
        <Cost job={job} />
      </span>
      <span className="grid min-w-0 max-md:order-3 max-md:col-span-2 max-md:col-start-2">
        <Outcome job={job} />
      </span>
    </button>
  );
}
