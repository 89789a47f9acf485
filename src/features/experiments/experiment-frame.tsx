'use client';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import type { ReactNode } from 'react';
import { appErrorOf } from '#src/components/app-error-of.ts';
import { Deadline, RelativeTime } from '#src/components/relative-time.tsx';
import { Badge } from '#src/components/ui/badge.tsx';
import { CopyButton } from '#src/components/ui/copy-button.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonFrame } from '#src/components/ui/skeleton.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { LinkTabs } from '#src/components/ui/tabs.tsx';
import { useAskSoon } from '#src/components/use-ask-soon.ts';
import { CustodyDialog } from '#src/features/custody/index.ts';
import { useLive, useProfile, useTRPC } from '#src/features/shell/index.ts';
import type { ExperimentDetail } from '#src/server/domain/experiments/experiment.types.ts';
import type { LiveKind } from '#src/shared/contracts/live-events.ts';
import { allows } from '#src/shared/permissions/permission-table.ts';
import { DateBanner } from './date-banner.tsx';
import { ExperimentContext, RefreshContext } from './experiment-context.ts';
import { ExperimentUpload } from './experiment-upload.tsx';
import { EXPERIMENT_STATE_WORDS } from './experiment-words.ts';
import { StorageBanner } from './storage-banner.tsx';

const ASK_EVERY_MS = 1500;
const HEAD_EVENTS: readonly LiveKind[] = ['activation.changed', 'experiment.changed', 'member.changed'];

const TABS = [
  { key: 'datasets', label: 'Datasets', path: '' },
  { key: 'samples', label: 'Samples', path: '/samples' },
  { key: 'files', label: 'Files', path: '/files' },
  { key: 'jobs', label: 'Jobs', path: '/jobs' },
  { key: 'people', label: 'People', path: '/people', right: 'experiment.people' },
  { key: 'settings', label: 'Settings', path: '/settings' },
] as const;

function Dates({ experiment }: { experiment: ExperimentDetail }) {
  if (experiment.finishedAt) {
    return (
      <span>
        finished <RelativeTime at={experiment.finishedAt} />
        {experiment.state === 'processing' && experiment.processingUntil && (
          <>
            {' · '}jobs until <Deadline at={experiment.processingUntil} />
          </>
        )}
      </span>
    );
  }
  if (experiment.startedAt) {
    return (
      <span>
        started <RelativeTime at={experiment.startedAt} />
        {experiment.plannedEnd && (
          <>
            {' · '}until <Deadline at={experiment.plannedEnd} />
          </>
        )}
      </span>
    );
  }
  if (experiment.plannedStart) {
    return (
      <span>
        planned for <Deadline at={experiment.plannedStart} />
      </span>
    );
  }
  return null;
}

function ExperimentHeader({ experiment, refresh }: { experiment: ExperimentDetail; refresh: () => void }) {
  const state = EXPERIMENT_STATE_WORDS[experiment.state];
  return (
    <header className="grid gap-1 px-3 pt-3 sm:px-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h1 className="flex min-w-0 flex-wrap items-baseline gap-x-3">
          <span className="font-mono font-semibold text-xl tracking-tight">{experiment.code}</span>
          <span className="truncate text-lg">{experiment.title}</span>
        </h1>
        <CopyButton text={experiment.code} what="the code" className="-mx-2" />
        <Status tone={state.tone}>{state.word}</Status>
        {experiment.roles.includes('reader') && (
          <Badge title="You are not in this experiment: a project that you are in reads it.">
            read-only, by a project
          </Badge>
        )}
        {experiment.activeSince && (
          <Status tone="running" title="Data that arrive at the instrument now belong to this experiment.">
            active now
          </Status>
        )}
        <div className="ml-auto flex flex-wrap items-center gap-2">
          <ExperimentUpload experiment={experiment} refresh={refresh} />
          <CustodyDialog code={experiment.code} dataset={null} size="sm" />
        </div>
      </div>
      <div className="flex flex-wrap gap-x-4 gap-y-0.5 text-ink-soft text-sm">
        {allows('experiment.people', experiment.roles) ? (
          <Link href={`/instruments/${experiment.instrument.slug}`} className="hover:underline">
            {experiment.instrument.name}
          </Link>
        ) : (
          <span>{experiment.instrument.name}</span>
        )}
        <span>PI {experiment.piName}</span>
        <Dates experiment={experiment} />
        {experiment.counts.receiving > 0 && <Status tone="running">receiving</Status>}
        {experiment.keywords.length > 0 && (
          <span className="text-ink-faint">{experiment.keywords.join(' · ')}</span>
        )}
      </div>
    </header>
  );
}

/** Header and tabs around every page of an experiment; the header stays while tabs change. */
export function ExperimentFrame({ code, children }: { code: string; children: ReactNode }) {
  const trpc = useTRPC();
  const pathname = usePathname();
  const { personId } = useProfile();
  const options = trpc.experiments.byCode.queryOptions({ code });
  const query = useQuery(options);
  const askSoon = useAskSoon(options.queryKey, ASK_EVERY_MS);
  const experiment = query.data;
  useLive([experiment && `experiment:${experiment.id}`], (event) => {
    const { state, framesStored } = event.data;
    // The head counts datasets and says whether one arrives; that a dataset grows does not change it.
    const counts = event.kind === 'dataset.changed' && (state !== 'receiving' || framesStored === 0);
    if (counts || HEAD_EVENTS.includes(event.kind)) askSoon();
  });

  useLive([`person:${personId}`], ({ kind }) => {
    if (kind === 'member.changed') askSoon();
  });
  // Whoever is not in any more sees nothing of what was on the screen.
  const isGone = query.isError && appErrorOf(query.error)?.code === 'NOT_FOUND';

  if (query.isPending) return <SkeletonFrame />;
  if (!experiment || isGone)
    return (
      <ErrorState
        error={query.error}
        retry={() => void query.refetch()}
        wayOn={{ href: '/experiments', label: 'All experiments' }}
      />
    );

  const root = `/experiments/${experiment.code}`;
  const current = TABS.find((tab) => tab.path !== '' && pathname.endsWith(tab.path))?.key ?? 'datasets';
  return (
    <ExperimentContext value={experiment}>
      <RefreshContext value={askSoon}>
        <div className="relative flex h-full min-h-0 flex-col">
          <ExperimentHeader experiment={experiment} refresh={askSoon} />
          <DateBanner experiment={experiment} />
          <StorageBanner experimentId={experiment.id} />
          <LinkTabs
            label="Parts of the experiment"
            className="mt-2 px-2 sm:px-3"
            current={current}
            tabs={TABS.filter((tab) => !('right' in tab) || allows(tab.right, experiment.roles)).map(
              (tab) => ({
                key: tab.key,
                label: tab.label,
                href: `${root}${tab.path}`,
                note: tab.key === 'datasets' ? experiment.counts.datasets : undefined,
              }),
            )}
          />
          <div className="min-h-0 flex-1">{children}</div>
        </div>
      </RefreshContext>
    </ExperimentContext>
  );
}
