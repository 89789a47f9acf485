'use client';
import { Inbox } from 'lucide-react';
import Link from 'next/link';
import { Badge } from '#src/components/ui/badge.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { Progress } from '#src/components/ui/progress.tsx';
import { Status } from '#src/components/ui/status.tsx';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
import { type FrameWords, frameWords } from '#src/shared/model/frame-words.ts';
import type { DatasetState } from '#src/shared/model/states.ts';
import { Ago } from './ago.tsx';
import { ARRIVING_ID } from './alarms-strip.tsx';
import { ArrivingFiles } from './arriving-files.tsx';
import { shortNames } from './arriving-names.ts';
import { arrivingWords } from './arriving-words.ts';
import type { Moment } from './connection.ts';
import { othersDataWords } from './others-words.ts';

type Arriving = CockpitView['arriving'][number];

const STATE_WORDS: Readonly<Record<DatasetState, string>> = {
  receiving: 'receiving',
  complete: 'complete',
  stopped: 'stopped',
  incomplete: 'incomplete',
  'open-ended': 'ended',
};

/** To the newest frame; of what has gaps to the first, since how many are stored is no frame's number there. */
export function datasetHref(
  row: Pick<Arriving, 'id' | 'experimentCode' | 'framesStored' | 'state'>,
): string | null {
  if (!row.experimentCode) return null;
  const frame = row.state === 'incomplete' ? 1 : Math.max(1, row.framesStored);
  return `/experiments/${row.experimentCode}/datasets/${row.id}/frames/${frame}`;
}

/** On a narrow screen the name has a line of its own, with the bar below; names that differ at their end must not look alike. */
function ArrivingRow({
  row,
  name,
  words,
  moment,
}: {
  row: Arriving;
  /** Short; the whole path stands in the title. */
  name: string;
  words: FrameWords;
  moment: Moment;
}) {
  const href = datasetHref(row);
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 gap-y-1 px-3 py-2 hover:bg-hover sm:grid-cols-[minmax(0,1fr)_7rem]">
      <div className="flex min-w-0 flex-wrap items-baseline gap-x-2 max-sm:col-span-2">
        {href ? (
          <Link
            href={href}
            title={row.base}
            className="wrap-anywhere min-w-0 font-mono text-sm hover:underline max-sm:basis-full"
          >
            {name}
          </Link>
        ) : (
          <span title={row.base} className="wrap-anywhere min-w-0 font-mono text-sm max-sm:basis-full">
            {name}
          </span>
        )}
        {row.sampleName && (
          <span className="wrap-anywhere min-w-0 text-ink-faint text-xs">{row.sampleName}</span>
        )}
        {!row.experimentId && <Badge tone="warn">unassigned</Badge>}
        <Ago
          at={row.endedAt ?? row.startedAt}
          now={moment.now}
          className="ml-auto whitespace-nowrap text-ink-faint text-xs"
        />
      </div>
      <Status tone={words.tone} title={words.sentence}>
        {STATE_WORDS[row.state]}
      </Status>
      <Progress
        value={row.framesStored}
        // Ended without a number that was announced: what came is all there is.
        max={row.framesExpected ?? (row.state === 'receiving' ? null : row.framesStored)}
        label={`${name}: ${words.sentence}`}
        tone={words.tone}
        className="max-sm:order-last max-sm:col-span-2"
      />
      <span className="font-mono text-xs max-sm:text-right" title={words.sentence}>
        {words.badge}
      </span>
    </li>
  );
}

/** What comes in now, and what came last; of data of other groups how many. */
export function ArrivingCard({ view, moment }: { view: CockpitView; moment: Moment }) {
  const names = shortNames(view.arriving.map(({ base }) => base));
  const others = othersDataWords(view.others);
  const hasHub = view.agents.some(({ kind }) => kind === 'hub');
  const isEmpty = view.arriving.length === 0 && view.arrivingFiles.length === 0;
  return (
    <Card id={ARRIVING_ID} aria-label="Arriving now" className="scroll-mt-4">
      <CardHeader title="Arriving now" hint={arrivingWords(view, moment.now)} />
      {isEmpty && view.agents.length === 0 && (
        <EmptyState icon={Inbox} title="Nothing can arrive yet">
          Datasets appear here as soon as the instrument has an agent and a detector starts a series.
        </EmptyState>
      )}
      {isEmpty && view.agents.length > 0 && !hasHub && (
        <EmptyState icon={Inbox} title="Nothing has arrived yet">
          Files appear here as soon as {view.agents[0]!.name} finds them in a folder that it watches, and the
          datasets that they form.
        </EmptyState>
      )}
      {isEmpty && hasHub && (
        <EmptyState icon={Inbox} title="Nothing has arrived yet" command="npm run replay -- DIR">
          Datasets appear here as soon as a detector that a HUB listens to starts a series. Replay recorded
          messages to try it.
        </EmptyState>
      )}
      {view.arriving.length > 0 && (
        <ul className="divide-y">
          {view.arriving.map((row) => (
            <ArrivingRow
              key={row.id}
              row={row}
              name={names.get(row.base)!}
              words={frameWords(row)}
              moment={moment}
            />
          ))}
        </ul>
      )}
      <ArrivingFiles files={view.arrivingFiles} moment={moment} />
      {others && <p className="border-t px-3 py-2 text-ink-faint text-xs">{others}</p>}
    </Card>
  );
}
