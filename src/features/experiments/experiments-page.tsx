'use client';
import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { FlaskConical, Search } from 'lucide-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { useRef, useState } from 'react';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Input, NativeSelect } from '#src/components/ui/input.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { VirtualList } from '#src/components/ui/virtual-list.tsx';
import { useKeys, useLive, useProfile, useTRPC } from '#src/features/shell/index.ts';
import type { ExperimentListItem } from '#src/server/domain/experiments/experiment.types.ts';
import { EXPERIMENT_STATES } from '#src/shared/model/states.ts';
import { activeFirst, EXPERIMENT_STATE_WORDS } from './experiment-words.ts';
import { NewExperiment } from './new-experiment.tsx';

const PAGE = 100;
const ROW_HEIGHT = 56;
const COLUMNS =
  'grid items-center gap-x-4 px-3 sm:px-4 grid-cols-[minmax(0,1fr)_auto] md:grid-cols-[8.5rem_minmax(12rem,2fr)_minmax(9rem,1fr)_8rem_7rem_6.5rem]';

function Head() {
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

function Row({ row }: { row: ExperimentListItem }) {
  const state = EXPERIMENT_STATE_WORDS[row.state];
  const { latestAt } = row.counts;
  return (
    <Link href={`/experiments/${row.code}`} tabIndex={-1} className={`${COLUMNS} h-full hover:bg-hover`}>
      <span className="font-mono font-semibold text-sm max-md:hidden">{row.code}</span>
      <span className="grid min-w-0">
        <span className="truncate text-sm">
          <span className="mr-2 font-mono font-semibold md:hidden">{row.code}</span>
          {row.title}
        </span>
        <span className="truncate text-ink-faint text-xs">
          <span className="md:hidden">
            {datasetsWords(row.counts.datasets)} · PI {row.piName}
          </span>
          <span className="max-md:hidden">{row.keywords.join(' · ')}</span>
        </span>
      </span>
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

/** The experiments one may see, the active before the others, then newest first; filter and state live in the address. */
export function ExperimentsPage() {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const profile = useProfile();
  const [search, setSearch] = useQueryState('q', { defaultValue: '', clearOnDefault: true, throttleMs: 300 });
  const [state, setState] = useQueryState('state', parseAsStringLiteral(EXPERIMENT_STATES));
  const [current, setCurrent] = useState(0);
  const searchBox = useRef<HTMLInputElement>(null);
  const list = useInfiniteQuery(
    trpc.experiments.list.infiniteQueryOptions(
      { search: search || undefined, states: state ? [state] : undefined, limit: PAGE },
      { getNextPageParam: (page) => page.nextCursor, placeholderData: keepPreviousData },
    ),
  );
  const rows = activeFirst(list.data?.pages.flatMap((page) => page.items) ?? []);
  const refresh = () => void queryClient.invalidateQueries(trpc.experiments.list.pathFilter());
  useLive(
    [`person:${profile.personId}`, ...profile.instruments.map(({ id }) => `instrument:${id}` as const)],
    (event) => {
      if (event.kind === 'member.changed' || event.kind === 'activation.changed') refresh();
    },
  );
  const open = (row: ExperimentListItem) => router.push(`/experiments/${row.code}`);
  useKeys('Experiments', [
    {
      keys: '/',
      does: 'Search',
      run: (event) => {
        event.preventDefault();
        searchBox.current?.focus();
      },
    },
    {
      keys: 'ArrowDown',
      does: 'Next experiment',
      run: () => setCurrent((n) => Math.min(n + 1, rows.length - 1)),
    },
    { keys: 'ArrowUp', does: 'Previous experiment', run: () => setCurrent((n) => Math.max(n - 1, 0)) },
    { keys: 'Enter', does: 'Open', run: () => rows[current] && open(rows[current]) },
  ]);

  const body = () => {
    if (list.isPending) return <SkeletonRows rows={8} />;
    if (!list.data) return <ErrorState error={list.error} retry={() => void list.refetch()} />;
    if (rows.length === 0 && (search || state)) {
      return (
        <EmptyState icon={Search} title="Nothing matches">
          The search looks at code, title and PI.
        </EmptyState>
      );
    }
    if (rows.length === 0) {
      return (
        <EmptyState
          icon={FlaskConical}
          title="No experiments yet"
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
    }
    return (
      <VirtualList
        label="Experiments"
        rows={rows}
        rowHeight={ROW_HEIGHT}
        rowKey={(row) => row.id}
        head={<Head />}
        currentIndex={current}
        onCurrent={setCurrent}
        onOpen={open}
        onNearEnd={() => {
          if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
        }}
      >
        {(row) => <Row row={row} />}
      </VirtualList>
    );
  };

  return (
    <div className="relative flex h-full min-h-0 flex-col">
      <header className="flex flex-wrap items-center gap-2 px-3 py-3 sm:px-4">
        <h1 className="mr-auto font-semibold text-xl tracking-tight">Experiments</h1>
        <Input
          ref={searchBox}
          type="search"
          aria-label="Search experiments"
          placeholder="Code, title or PI"
          className="w-full sm:w-64"
          value={search}
          onChange={(event) => void setSearch(event.currentTarget.value)}
        />
        <NativeSelect
          aria-label="State"
          className="w-36"
          value={state ?? ''}
          onChange={(event) => {
            const chosen = EXPERIMENT_STATES.find((each) => each === event.currentTarget.value);
            void setState(chosen ?? null);
          }}
        >
          <option value="">All states</option>
          {EXPERIMENT_STATES.map((each) => (
            <option key={each} value={each}>
              {EXPERIMENT_STATE_WORDS[each].word}
            </option>
          ))}
        </NativeSelect>
        {profile.instruments.length > 0 && (
          <NewExperiment instruments={profile.instruments} onMade={refresh} />
        )}
      </header>
      <div className="min-h-64 flex-1 border-t">{body()}</div>
    </div>
  );
}
