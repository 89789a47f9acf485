'use client';
import { Zap } from 'lucide-react';
import Link from 'next/link';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { ClockTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { NativeSelect } from '#src/components/ui/input.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { JOB_STATE_WORDS } from '#src/features/jobs/index.ts';
import type { FiringView } from '#src/server/domain/triggers/triggers.service.ts';
import { splitStorePath } from '#src/shared/model/store-path.ts';
import { FIRING_OUTCOME_NAMES } from '#src/shared/model/trigger-rules.ts';
import { eventClause, OUTCOME_SIGNS } from './trigger-words.ts';
import { type HistoryOf, useFirings } from './use-strategies.ts';

/** What it was about, each with its page. */
function Subject({ firing, withExperiment }: { firing: FiringView; withExperiment: boolean }) {
  const { experiment, dataset, path, cause } = firing;
  const root = `/experiments/${experiment.code}`;
  return (
    <span className="flex min-w-0 flex-wrap items-baseline gap-x-2 text-xs">
      {withExperiment && (
        <Link href={root} className="font-mono hover:underline">
          {experiment.code}
        </Link>
      )}
      {dataset && (
        <Link
          href={`${root}/files?path=${encodeURIComponent(splitStorePath(dataset.base).parent)}&sel=d:${dataset.id}`}
          className="wrap-anywhere min-w-0 font-mono hover:underline"
        >
          {dataset.base.replace(/^raw\//, '')}
        </Link>
      )}
      {path !== null && <span className="wrap-anywhere min-w-0 font-mono">{path}</span>}
      {cause && (
        <Link href={`/jobs/${cause.jobId}`} className="hover:underline">
          after {cause.templateName ?? 'a job'}
        </Link>
      )}
    </span>
  );
}

function FiringRow({ firing, withExperiment }: { firing: FiringView; withExperiment: boolean }) {
  const { tone, word } = OUTCOME_SIGNS[firing.outcome];
  const { job } = firing;
  return (
    <li className="grid gap-0.5 px-3 py-1.5 text-sm">
      <div className="flex flex-wrap items-baseline gap-x-2">
        <span className="wrap-anywhere min-w-0 font-medium">{firing.trigger.name}</span>
        <Status tone={tone} className="text-xs">
          {word}
        </Status>
        <span className="text-ink-faint text-xs">{eventClause(firing.event)}</span>
        <ClockTime at={firing.at} className="ml-auto text-ink-faint text-xs" />
      </div>
      <div className="flex min-w-0 flex-wrap items-baseline gap-x-3 gap-y-0.5">
        <Subject firing={firing} withExperiment={withExperiment} />
        {job && (
          <Link href={`/jobs/${job.id}`} className="text-accent text-xs hover:underline">
            {job.templateName}, {JOB_STATE_WORDS[job.state].word.toLowerCase()}
          </Link>
        )}
      </div>
      {firing.why !== '' && <p className="wrap-anywhere text-ink-soft text-xs">{firing.why}</p>}
    </li>
  );
}

/** What fired and what did not, and why; newest first. */
export function FiringsCard({ of, withExperiment }: { of: HistoryOf; withExperiment: boolean }) {
  const [outcome, setOutcome] = useQueryState('fired', parseAsStringLiteral(FIRING_OUTCOME_NAMES));
  const list = useFirings(of, outcome);
  return (
    <Card>
      <CardHeader title="What fired" hint="And what did not, and why; kept for 30 days">
        <NativeSelect
          aria-label="How it ended"
          className="w-auto"
          value={outcome ?? ''}
          onChange={({ currentTarget: { value } }) =>
            void setOutcome(FIRING_OUTCOME_NAMES.find((name) => name === value) ?? null)
          }
        >
          <option value="">all</option>
          {FIRING_OUTCOME_NAMES.map((name) => (
            <option key={name} value={name}>
              {OUTCOME_SIGNS[name].word}
            </option>
          ))}
        </NativeSelect>
      </CardHeader>
      {list.isPending && <SkeletonRows rows={4} />}
      {list.isError && !list.data && <ErrorState error={list.error} retry={() => void list.refetch()} />}
      {list.data && list.rows.length === 0 && (
        <EmptyState icon={Zap} title={outcome === null ? 'Nothing yet' : 'Nothing of this kind'}>
          Whenever a trigger looks at something that happened, what it started, or why it started nothing,
          stands here.
        </EmptyState>
      )}
      {list.rows.length > 0 && (
        <ul className="divide-y" aria-label="What fired">
          {list.rows.map((firing) => (
            <FiringRow key={firing.id} firing={firing} withExperiment={withExperiment} />
          ))}
        </ul>
      )}
      {list.hasNextPage && (
        <div className="grid justify-center border-t p-2">
          <Button size="sm" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Older
          </Button>
        </div>
      )}
    </Card>
  );
}
