'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { FlaskConical, Search } from 'lucide-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { PagedList } from '#src/components/paged-list.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { useListKeys, useLive, useProfile, useTRPC } from '#src/features/shell/index.ts';
import type { ExperimentListItem } from '#src/server/domain/experiments/experiment.types.ts';
import { makeExperiment } from '#src/shared/model/api-commands.ts';
import { ExperimentFilterBar } from './experiment-filters.tsx';
import { ExperimentListHead, ExperimentRow, ROW_HEIGHT } from './experiment-row.tsx';
import { ImportExperiments } from './import-experiments.tsx';
import { NewExperiment } from './new-experiment.tsx';
import { ProlongationsAsked } from './prolongations-asked.tsx';
import { SavedViews } from './saved-views.tsx';
import { useExperimentFilters, useExperimentList } from './use-experiment-filters.ts';

/** The experiments one may see, the active before the others, then newest first, or in another order; filters live in the address. */
export function ExperimentsPage() {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const profile = useProfile();
  const instruments = useQuery(trpc.instruments.list.queryOptions()).data;
  const view = useExperimentFilters();
  const { filters, isFiltered } = view;
  const list = useExperimentList(filters, instruments);
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const refresh = () => void queryClient.invalidateQueries(trpc.experiments.list.pathFilter());
  useLive(
    [`person:${profile.personId}`, ...profile.instruments.map(({ id }) => `instrument:${id}` as const)],
    (event) => {
      if (['member.changed', 'activation.changed', 'experiment.changed'].includes(event.kind)) refresh();
    },
  );
  const open = (row: ExperimentListItem) => router.push(`/experiments/${row.code}`);
  const { current, setCurrent, searchBox } = useListKeys('Experiments', { rows, what: 'experiment', open });

  const empty = isFiltered ? (
    <EmptyState
      icon={Search}
      title="Nothing matches"
      action={<Button onClick={view.clear}>Show all experiments</Button>}
    >
      Every word of the search must stand in code, title, keywords or PI.
    </EmptyState>
  ) : (
    <EmptyState
      icon={FlaskConical}
      title="No experiments yet"
      request={profile.instruments[0] ? makeExperiment(profile.instruments[0].slug) : undefined}
      action={
        profile.instruments.length > 0 ? (
          <NewExperiment instruments={profile.instruments} onMade={refresh} />
        ) : (
          <Button asChild>
            <Link href="/account">Your account</Link>
          </Button>
        )
      }
    >
      {profile.instruments.length > 0
        ? 'An experiment is one visit: its people, its data, its jobs.'
        : `Experiments appear here when the staff of an instrument or a colleague adds you to one. They need the e-mail you sign in with: ${profile.email}.`}
    </EmptyState>
  );

  return (
    <div className="relative flex h-full min-h-0 flex-col">
      <header className="flex flex-wrap items-center gap-2 px-3 py-3 sm:px-4">
        <h1 className="mr-auto font-semibold text-xl tracking-tight">Experiments</h1>
        {profile.instruments.length > 0 && (
          <>
            <ImportExperiments instruments={profile.instruments} onImported={refresh} />
            <NewExperiment instruments={profile.instruments} onMade={refresh} />
          </>
        )}
      </header>
      <ProlongationsAsked />
      <SavedViews isFiltered={isFiltered} />
      <ExperimentFilterBar {...view} instruments={instruments ?? []} searchBox={searchBox} />
      <div className="min-h-64 flex-1 border-t">
        <PagedList
          list={list}
          rows={rows}
          empty={empty}
          label="Experiments"
          rowHeight={ROW_HEIGHT}
          head={<ExperimentListHead />}
          currentIndex={current}
          onCurrent={setCurrent}
          onOpen={open}
        >
          {(row) => <ExperimentRow row={row} />}
        </PagedList>
      </div>
    </div>
  );
}
