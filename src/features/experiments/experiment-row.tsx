import Link from 'next/link';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { TitleCells } from '#src/components/title-cells.tsx';
import { Status } from '#src/components/ui/status.tsx';
import type { ExperimentListItem } from '#src/server/domain/experiments/experiment.types.ts';
import { EXPERIMENT_STATE_WORDS } from './experiment-words.ts';

export const ROW_HEIGHT = 56;
const COLUMNS =
  'grid items-center gap-x-4 px-3 sm:px-4 grid-cols-[minmax(0,1fr)_auto] md:grid-cols-[8.5rem_minmax(12rem,2fr)_minmax(9rem,1fr)_8rem_7rem_6.5rem]';

export function ExperimentListHead() {
  return (
    <div className={`${COLUMNS} h-8 text-ink-faint text-xs max-md:hidden`}>
      <span>Id</span>
      <span>Title</span>
      <span>PI · instrument</span>
      <span>State</span>
      <span>Data</span>
      <span className="text-right">Newest data</span>
    </div>
  );
}

function datasetsWords(count: number): string {
  return count === 0 ? 'no data' : `${count} ${count === 1 ? 'dataset' : 'datasets'}`;
}

export function ExperimentRow({ row }: { row: ExperimentListItem }) {
  const state = EXPERIMENT_STATE_WORDS[row.state];
  const { latestAt } = row.counts;
  return (
    <Link href={`/experiments/${row.code}`} tabIndex={-1} className={`${COLUMNS} h-full hover:bg-hover`}>
      <TitleCells row={row} narrow={`${datasetsWords(row.counts.datasets)} · PI ${row.piName}`} />
      <span className="grid min-w-0 text-xs max-md:hidden">
        <span className="truncate">{row.piName}</span>
        <span className="truncate text-ink-faint">{row.instrument.name}</span>
      </span>
      <Status
        tone={row.activeSince ? 'running' : row.state === 'running' ? 'muted' : state.tone}
        className="justify-self-start"
      >
        {row.activeSince ? 'Active' : state.word}
      </Status>
      <span className="text-ink-soft text-xs max-md:hidden">
        {datasetsWords(row.counts.datasets)}
        {row.counts.receiving > 0 && <span className="block text-running">receiving</span>}
      </span>
      <span className="grid text-right text-ink-soft text-xs max-md:hidden">
        {!latestAt && <span className="text-ink-faint">created</span>}
        <RelativeTime at={latestAt ?? row.createdAt} />
      </span>
    </Link>
  );
}
