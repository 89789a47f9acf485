'use client';
import { Star } from 'lucide-react';
import type { CSSProperties, ReactNode } from 'react';
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
import {
  columnTracks,
  DATASET_COLUMNS,
  type DatasetColumn,
  metricText,
  resultWords,
} from './dataset-columns.ts';
import { DatasetPicture, DatasetSpots } from './dataset-glance.tsx';
import { summaryWords } from './experiment-words.ts';

export type DatasetItem = DatasetSummary;

/** The same columns for head and rows, wider than the list where there are many: it scrolls sideways. On a phone name and frames are left. */
const COLUMNS =
  'grid items-center gap-x-4 px-3 sm:px-4 grid-cols-[minmax(0,1fr)_auto] md:min-w-(--columns-least) md:grid-cols-(--columns)';

export function columnStyle(columns: readonly DatasetColumn[]): CSSProperties {
  const { tracks, leastPx } = columnTracks(columns);
  return { '--columns': tracks, '--columns-least': `${leastPx}px` } as CSSProperties;
}

export function DatasetHead({
  columns,
  metrics,
  className,
}: {
  columns: readonly DatasetColumn[];
  metrics: readonly TemplateMetric[];
  className?: string | undefined;
}) {
  const wordOf = (id: DatasetColumn) =>
    DATASET_COLUMNS.find((each) => each.id === id)?.word ??
    metrics.find(({ name }) => id === `metric:${name}`)?.label;
  return (
    <div className={cn(COLUMNS, 'h-8 text-ink-faint text-xs max-md:hidden', className)}>
      <span>Dataset</span>
      {columns.map((id) => (
        <span
          key={id}
          className={cn('truncate', (id === 'started' || id.startsWith('metric:')) && 'text-right')}
          title={wordOf(id)}
        >
          {wordOf(id)}
        </span>
      ))}
    </div>
  );
}

function TwoLines({
  first,
  second,
  title,
}: {
  first: ReactNode;
  second: ReactNode;
  title?: string | undefined;
}) {
  return (
    <div className="grid min-w-0 text-xs" title={title}>
      <span className="truncate">{first}</span>
      <span className="truncate text-ink-faint">{second}</span>
    </div>
  );
}

function Measured({ row }: { row: DatasetItem }) {
  const measured = asMeasured(row, row.geometry);
  const rotation = rotationWords(measured, row.framesExpected ?? row.framesStored);
  const second = [exposureWords(measured.exposureS), wavelengthWords(measured.energyEv)].filter(Boolean);
  return (
    <TwoLines
      title={[row.kind, rotation, ...second].filter(Boolean).join(' · ')}
      first={
        <>
          {row.kind}
          {rotation && <span className="text-ink-soft"> {rotation}</span>}
        </>
      }
      second={second.join(' · ') || '—'}
    />
  );
}

function Frames({ row }: { row: DatasetItem }) {
  const words = frameWords(row);
  return (
    <div className="grid min-w-0 gap-1">
      <div className="flex min-w-0 items-center gap-1.5" title={words.sentence}>
        <Status tone={words.tone} wordHidden>
          {row.state}
        </Status>
        <span className="line-clamp-2 min-w-0 text-xs leading-4">{words.sentence}</span>
      </div>
      {row.state === 'receiving' && (
        <Progress
          value={row.framesStored}
          max={row.framesExpected}
          label={`${row.base}: ${words.sentence}`}
        />
      )}
    </div>
  );
}

/** What is left of it on a phone. */
function FramesBadge({ row }: { row: DatasetItem }) {
  const words = frameWords(row);
  return (
    <div className="grid justify-items-end gap-1 md:hidden">
      <Status tone={words.tone} title={words.sentence}>
        {words.badge}
      </Status>
      {row.state === 'receiving' && (
        <Progress
          value={row.framesStored}
          max={row.framesExpected}
          label={`${row.base}: ${words.sentence}`}
          className="w-20"
        />
      )}
    </div>
  );
}

const resultTitle = ({ templateName, isChosen }: NonNullable<DatasetItem['result']>) =>
  isChosen ? `Of ${templateName}, chosen by a member` : `Of ${templateName}, the best of its jobs`;

function Best({ row, metrics }: { row: DatasetItem; metrics: readonly TemplateMetric[] }) {
  const merged = resultWords(row);
  const title = row.result ? resultTitle(row.result) : undefined;
  const star = row.result?.isChosen && (
    <Star
      role="img"
      className="mr-1 inline size-3 -translate-y-px fill-current text-accent"
      aria-label={title ?? ''}
    />
  );
  if (merged) {
    return (
      <TwoLines
        title={title}
        first={
          <>
            {star}
            {merged.quality}
          </>
        }
        second={merged.symmetry || '—'}
      />
    );
  }
  const best = summaryWords(row.summary, metrics);
  if (best.length === 0) return <span className="text-ink-faint text-xs">—</span>;
  return (
    <dl className="flex min-w-0 gap-x-3 text-xs" title={title}>
      {star}
      {best.slice(0, 2).map(({ label, value }) => (
        <div key={label} className="min-w-0">
          <dt className="truncate text-2xs text-ink-faint">{label}</dt>
          <dd className="truncate">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Cell({
  id,
  row,
  metrics,
}: {
  id: DatasetColumn;
  row: DatasetItem;
  metrics: readonly TemplateMetric[];
}) {
  switch (id) {
    case 'snapshot':
      return <DatasetPicture row={row} />;
    case 'sample':
      return (
        <TwoLines
          first={row.sampleName ?? <span className="text-ink-faint">no sample</span>}
          second={positionWords(row.sampleContainer, row.samplePosition)}
        />
      );
    case 'measured':
      return <Measured row={row} />;
    case 'frames':
      return <Frames row={row} />;
    case 'spots':
      return <DatasetSpots row={row} />;
    case 'result':
      return <Best row={row} metrics={metrics} />;
    case 'comment':
      return (
        <span
          className="line-clamp-2 min-w-0 text-ink-soft text-xs leading-4"
          title={row.comment || undefined}
        >
          {row.comment}
        </span>
      );
    case 'started':
      return <RelativeTime at={row.startedAt} className="text-right text-ink-soft text-xs" />;
    default: {
      const metric = metrics.find(({ name }) => id === `metric:${name}`);
      return (
        <span className="truncate text-right text-xs tabular-nums">
          {metric ? metricText(row, metric) : '—'}
        </span>
      );
    }
  }
}

/** Of the place below `raw/` the folder, with the slash behind it, and the last name, by which runs of one sample differ. */
function inRaw(base: string): { folder: string; name: string } {
  const path = base.replace(/^raw\//, '');
  const end = path.lastIndexOf('/') + 1;
  return { folder: path.slice(0, end), name: path.slice(end) };
}

/** One acquisition: what, how it was measured, whether all of it is here, what came out (`metrics`: as the templates of jobs declare them). */
export function DatasetRow({
  row,
  columns,
  metrics,
}: {
  row: DatasetItem;
  columns: readonly DatasetColumn[];
  metrics: readonly TemplateMetric[];
}) {
  const { folder, name } = inRaw(row.base);
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
              <span className="md:hidden">{folder}</span>
              {name}
            </span>
          </span>
          <span className="truncate text-ink-faint text-xs max-md:hidden" title={row.base}>
            {folder && <span className="font-mono">{folder} </span>}
            <RelativeTime at={row.startedAt} />
          </span>
          <span className="truncate text-ink-faint text-xs md:hidden">
            {[
              row.sampleName ?? 'no sample',
              positionWords(row.sampleContainer, row.samplePosition),
              row.comment,
            ]
              .filter(Boolean)
              .join(' · ')}
            {' · '}
            <RelativeTime at={row.startedAt} />
          </span>
        </div>
      </div>
      <FramesBadge row={row} />
      {columns.map((id) => (
        <div key={id} className="hidden md:contents">
          <Cell id={id} row={row} metrics={metrics} />
        </div>
      ))}
    </div>
  );
}
