'use client';
import { Star } from 'lucide-react';
import { cn } from '#src/components/class-names.ts';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Progress } from '#src/components/ui/progress.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { Mark, positionWords } from '#src/features/datasets/index.ts';
import { PreviewThumbnail } from '#src/features/viewer/index.ts';
import type { DatasetSummary } from '#src/server/domain/datasets/datasets.service.ts';
import type { TemplateMetric } from '#src/shared/contracts/job-template.ts';
import { asMeasured } from '#src/shared/model/as-measured.ts';
import { frameWords } from '#src/shared/model/frame-words.ts';
import { exposureWords, rotationWords, wavelengthWords } from '#src/shared/model/measured-words.ts';
import { summaryWords } from './experiment-words.ts';

export type DatasetItem = DatasetSummary;

/** The same columns for head and rows; on a phone name, frames and start are left. */
const COLUMNS =
  'grid items-center gap-x-4 px-3 sm:px-4 grid-cols-[minmax(0,1fr)_auto] md:grid-cols-[minmax(10rem,2fr)_minmax(9rem,1.3fr)_minmax(12rem,1.6fr)_minmax(9rem,1.4fr)_5.5rem]';

export function DatasetHead({ className }: { className?: string | undefined }) {
  return (
    <div className={cn(COLUMNS, 'h-8 text-ink-faint text-xs max-md:hidden', className)}>
      <span>Dataset · sample</span>
      <span>Measured</span>
      <span>Frames</span>
      <span>Best result</span>
      <span className="text-right">Started</span>
    </div>
  );
}

function Measured({ row }: { row: DatasetItem }) {
  const measured = asMeasured(row, row.geometry);
  const rotation = rotationWords(measured, row.framesExpected ?? row.framesStored);
  const second = [exposureWords(measured.exposureS), wavelengthWords(measured.energyEv)]
    .filter(Boolean)
    .join(' · ');
  return (
    <div className="grid min-w-0 text-xs max-md:hidden">
      <span className="truncate">
        {row.kind}
        {rotation && <span className="text-ink-soft"> {rotation}</span>}
      </span>
      <span className="truncate text-ink-faint">{second || '—'}</span>
    </div>
  );
}

function Frames({ row }: { row: DatasetItem }) {
  const words = frameWords(row);
  return (
    <div className="grid min-w-0 gap-1 max-md:justify-items-end">
      <div className="flex min-w-0 items-center gap-1.5 max-md:hidden" title={words.sentence}>
        <Status tone={words.tone} wordHidden>
          {row.state}
        </Status>
        <span className="line-clamp-2 min-w-0 text-xs leading-4">{words.sentence}</span>
      </div>
      <Status tone={words.tone} title={words.sentence} className="md:hidden">
        {words.badge}
      </Status>
      {row.state === 'receiving' && (
        <Progress
          value={row.framesStored}
          max={row.framesExpected}
          label={`${row.base}: ${words.sentence}`}
          className="w-full max-md:w-20"
        />
      )}
    </div>
  );
}

const resultWords = ({ templateName, isChosen }: NonNullable<DatasetItem['result']>) =>
  isChosen ? `Of ${templateName}, chosen by a member` : `Of ${templateName}, the best of its jobs`;

function Best({ row, metrics }: { row: DatasetItem; metrics: readonly TemplateMetric[] }) {
  const best = summaryWords(row.summary, metrics);
  if (best.length === 0) return <span className="text-ink-faint text-xs max-md:hidden">—</span>;
  return (
    <dl
      className="flex min-w-0 flex-wrap gap-x-3 text-xs max-md:hidden"
      title={row.result ? resultWords(row.result) : undefined}
    >
      {row.result?.isChosen && (
        <Star
          role="img"
          className="size-3 self-center fill-current text-accent"
          aria-label={resultWords(row.result)}
        />
      )}
      {best.slice(0, 2).map(({ label, value }) => (
        <div key={label} className="min-w-0">
          <dt className="truncate text-2xs text-ink-faint">{label}</dt>
          <dd className="truncate">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** One acquisition: what, how it was measured, whether all of it is here, what came out (`metrics`: as the templates of jobs declare them). */
export function DatasetRow({ row, metrics }: { row: DatasetItem; metrics: readonly TemplateMetric[] }) {
  return (
    <div className={`${COLUMNS} h-full`}>
      <div className="flex min-w-0 items-center gap-2.5">
        <PreviewThumbnail
          datasetId={row.id}
          instrumentId={row.instrumentId}
          experimentId={row.experimentId}
        />
        <div className="grid min-w-0">
          <span className="flex min-w-0 items-center gap-1.5">
            {row.mark && <Mark mark={row.mark} wordHidden />}
            <span className="truncate font-mono text-sm" title={row.base}>
              {row.base.replace(/^raw\//, '')}
            </span>
          </span>
          <span className="truncate text-ink-faint text-xs" title={row.comment || undefined}>
            {[
              row.sampleName ?? 'no sample',
              positionWords(row.sampleContainer, row.samplePosition),
              row.comment,
            ]
              .filter(Boolean)
              .join(' · ')}
            <span className="md:hidden">
              {' · '}
              <RelativeTime at={row.startedAt} />
            </span>
          </span>
        </div>
      </div>
      <Measured row={row} />
      <Frames row={row} />
      <Best row={row} metrics={metrics} />
      <RelativeTime at={row.startedAt} className="text-right text-ink-soft text-xs max-md:hidden" />
    </div>
  );
}
