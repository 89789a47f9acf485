'use client';
import { appErrorOf } from '#src/components/app-error-of.ts';
import { useNow } from '#src/components/clock.ts';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Skeleton, SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { TodayTimeline } from '#src/features/instrument/index.ts';
import { ActiveExperiment } from './active-experiment.tsx';
import { AgentsCard } from './agents-card.tsx';
import { AlarmsStrip } from './alarms-strip.tsx';
import { AllowanceCard } from './allowance-card.tsx';
import { ArrivingCard } from './arriving-card.tsx';
import { CockpitHeader } from './cockpit-header.tsx';
import type { Moment } from './connection.ts';
import { ExperimentsCard } from './experiments-card.tsx';
import { FoldersCard } from './folders-card.tsx';
import { JobsCard } from './jobs-card.tsx';
import { LatencyCard } from './latency-card.tsx';
import { NewestFrame } from './newest-frame.tsx';
import { useRememberRates } from './rate-store.ts';
import { ReportsCard } from './reports-card.tsx';
import { ServerLost } from './server-lost.tsx';
import { UnassignedCard } from './unassigned-card.tsx';
import { UplinkCard } from './uplink-card.tsx';
import { useCockpit } from './use-cockpit.ts';
import { useSurroundings } from './use-surroundings.ts';

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

/** Whether the server answered and said no (somebody was removed): then what was shown before is theirs no more. */
function isRefusal(error: unknown): boolean {
  const code = appErrorOf(error)?.code;
  return code === 'NOT_FOUND' || code === 'NOT_ALLOWED';
}

/** Everything about one instrument now. Lives on events; nothing needs to be pressed. */
export function CockpitPage({ slug }: { slug: string }) {
  const cockpit = useCockpit(slug);
  const nowMs = useNow(!cockpit.serverLost);
  useRememberRates(cockpit.data);
  const { surroundings } = useSurroundings(cockpit.data);
  if (cockpit.isPending) return <CockpitSkeleton />;
  const view = cockpit.data;
  if (!view || isRefusal(cockpit.error))
    return <ErrorState error={cockpit.error} retry={() => void cockpit.refetch()} />;
  const moment: Moment = {
    now: cockpit.serverLost ? view.at : new Date(nowMs),
    answeredAt: view.at,
    isServerLost: cockpit.serverLost,
  };
  return (
    <div className="relative grid grid-cols-1 gap-3 p-3 sm:p-4">
      <CockpitHeader view={view} moment={moment} refresh={cockpit.refresh} />
      {moment.isServerLost && <ServerLost answeredAt={moment.answeredAt} leads={view.scope === 'whole'} />}
      {!moment.isServerLost && <AlarmsStrip view={view} moment={moment} />}
      <ActiveExperiment view={view} moment={moment} refresh={cockpit.refresh} />
      {view.scope === 'whole' && <UnassignedCard view={view} moment={moment} />}
      <div className="grid grid-cols-1 items-start gap-3 lg:grid-cols-2 xl:grid-cols-[minmax(0,5fr)_minmax(0,4fr)_minmax(0,4fr)]">
        <div className="grid min-w-0 grid-cols-1 gap-3 max-lg:contents">
          <ArrivingCard view={view} moment={moment} />
          <JobsCard view={view} moment={moment} refresh={cockpit.refresh} />
          <ExperimentsCard view={view} surroundings={surroundings} moment={moment} />
        </div>
        <div className="grid min-w-0 grid-cols-1 gap-3 max-lg:contents">
          {/* On a phone what people look for first. */}
          <div className="min-w-0 max-lg:-order-1">
            <NewestFrame view={view} moment={moment} />
          </div>
          <AgentsCard view={view} surroundings={surroundings} moment={moment} />
          {view.scope === 'whole' && <FoldersCard view={view} moment={moment} refresh={cockpit.refresh} />}
          {view.scope === 'whole' && <ReportsCard view={view} moment={moment} />}
          {view.scope === 'whole' && (
            <TodayTimeline instrument={view.instrument} day={view.today} now={moment.now} />
          )}
        </div>
        <div className="grid min-w-0 grid-cols-1 items-start gap-3 lg:col-span-2 lg:grid-cols-2 xl:col-span-1 xl:grid-cols-1">
          <UplinkCard view={view} moment={moment} />
          <LatencyCard view={view} surroundings={surroundings} />
          {view.scope === 'whole' && <AllowanceCard view={view} surroundings={surroundings} />}
        </div>
      </div>
    </div>
  );
}
