'use client';
import { useNow } from '#src/components/clock.ts';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Skeleton, SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { ActiveExperiment } from './active-experiment.tsx';
import { AgentsCard } from './agents-card.tsx';
import { ArrivingCard } from './arriving-card.tsx';
import { CockpitHeader } from './cockpit-header.tsx';
import { JobsCard } from './jobs-card.tsx';
import { LatencyCard } from './latency-card.tsx';
import { NewestFrame } from './newest-frame.tsx';
import { ReportsCard } from './reports-card.tsx';
import { UnassignedCard } from './unassigned-card.tsx';
import { useCockpit } from './use-cockpit.ts';

function CockpitSkeleton() {
  return (
    <div className="grid gap-3 p-3 sm:p-4">
      <Skeleton className="h-7 w-72" />
      <Skeleton className="h-16" />
      <div className="grid gap-3 lg:grid-cols-3">
        <SkeletonRows className="lg:col-span-2" />
        <SkeletonRows />
      </div>
    </div>
  );
}

/** Everything about one instrument now. Lives on events; nothing needs to be pressed. */
export function CockpitPage({ slug }: { slug: string }) {
  const cockpit = useCockpit(slug);
  const now = new Date(useNow());
  if (cockpit.isPending) return <CockpitSkeleton />;
  const view = cockpit.data;
  if (!view) return <ErrorState error={cockpit.error} retry={() => void cockpit.refetch()} />;
  return (
    <div className="relative grid grid-cols-1 gap-3 p-3 sm:p-4">
      <CockpitHeader view={view} now={now} />
      <ActiveExperiment view={view} now={now} refresh={cockpit.refresh} />
      <div className="grid grid-cols-1 items-start gap-3 lg:grid-cols-2 xl:grid-cols-[minmax(0,5fr)_minmax(0,4fr)_minmax(0,4fr)]">
        <div className="grid min-w-0 grid-cols-1 gap-3">
          <ArrivingCard view={view} />
          <JobsCard view={view} now={now} />
        </div>
        <div className="grid min-w-0 grid-cols-1 gap-3">
          <NewestFrame view={view} />
          {view.scope === 'whole' && <ReportsCard view={view} />}
        </div>
        <div className="grid min-w-0 grid-cols-1 items-start gap-3 lg:col-span-2 lg:grid-cols-2 xl:col-span-1 xl:grid-cols-1">
          <LatencyCard view={view} />
          <AgentsCard view={view} now={now} />
        </div>
      </div>
      {view.scope === 'whole' && <UnassignedCard view={view} />}
    </div>
  );
}
