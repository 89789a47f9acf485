'use client';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Download, ScrollText, Search } from 'lucide-react';
import { useState } from 'react';
import { ClockTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Dialog } from '#src/components/ui/dialog.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Input, NativeSelect } from '#src/components/ui/input.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { VirtualList } from '#src/components/ui/virtual-list.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { AuditEntryView } from '#src/server/domain/audit/audit.types.ts';
import { useAdminFacility } from './admin-frame.tsx';
import { AuditEntryDialog, shortDetail } from './audit-entry.tsx';
import { csvAddress, useAuditSearch } from './audit-search.ts';

const COLUMNS =
  'grid items-center gap-x-4 px-3 sm:px-4 grid-cols-[minmax(0,1fr)_minmax(0,1fr)] md:grid-cols-[10.5rem_minmax(8rem,1fr)_minmax(9rem,1fr)_7.5rem_minmax(10rem,2fr)]';

function Head() {
  return (
    <div className={`${COLUMNS} h-8 text-ink-faint text-xs max-md:hidden`}>
      <span>When</span>
      <span>Who</span>
      <span>Did</span>
      <span>Experiment</span>
      <span>Detail</span>
    </div>
  );
}

function Row({ entry, onOpen }: { entry: AuditEntryView; onOpen: () => void }) {
  return (
    <button
      type="button"
      tabIndex={-1}
      className={`${COLUMNS} h-full w-full text-left text-xs hover:bg-hover`}
      onClick={onOpen}
    >
      <span className="truncate text-ink-soft tabular-nums max-md:order-2 max-md:text-right">
        <ClockTime at={entry.at} />
      </span>
      <span className="truncate max-md:order-3" title={entry.who.email ?? undefined}>
        {entry.who.name}
      </span>
      <span className="truncate font-medium max-md:order-1">{entry.action}</span>
      <span className="truncate font-mono max-md:order-4 max-md:text-right">{entry.experimentCode}</span>
      <span className="truncate text-ink-faint max-md:hidden">{shortDetail(entry)}</span>
    </button>
  );
}

/** Who did what when at the facility. */
export function AuditPage() {
  const trpc = useTRPC();
  const { facilityId, timeZone } = useAdminFacility();
  const { typed, setTyped, search, isNarrowed } = useAuditSearch(facilityId, timeZone);
  const [current, setCurrent] = useState(0);
  const [opened, setOpened] = useState<AuditEntryView | null>(null);
  const actions = useQuery(trpc.audit.actions.queryOptions({ facilityId }));
  const list = useInfiniteQuery(
    trpc.audit.search.infiniteQueryOptions(search, {
      getNextPageParam: (page) => page.nextCursor,
      placeholderData: keepPreviousData,
    }),
  );
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const field = (name: 'who' | 'experiment' | 'from' | 'until', props: React.ComponentProps<'input'>) => (
    <Input
      {...props}
      value={typed[name]}
      onChange={(event) => void setTyped({ [name]: event.currentTarget.value })}
    />
  );
  const body = () => {
    if (list.isPending) return <SkeletonRows rows={8} />;
    if (list.isError) return <ErrorState error={list.error} retry={() => void list.refetch()} />;
    if (rows.length === 0) {
      return isNarrowed ? (
        <EmptyState icon={Search} title="Nothing matches">
          Leave a field empty to search more widely.
        </EmptyState>
      ) : (
        <EmptyState icon={ScrollText} title="Nothing was done yet">
          Every change and every download leaves a row here.
        </EmptyState>
      );
    }
    return (
      <VirtualList
        label="Audit trail"
        rows={rows}
        rowHeight={44}
        rowKey={(entry) => String(entry.id)}
        head={<Head />}
        currentIndex={current}
        onCurrent={setCurrent}
        onOpen={setOpened}
        onNearEnd={() => {
          if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
        }}
      >
        {(entry) => <Row entry={entry} onOpen={() => setOpened(entry)} />}
      </VirtualList>
    );
  };
  return (
    <div className="relative flex h-full min-h-0 flex-col">
      <header className="flex flex-wrap items-center gap-2 px-3 py-3 sm:px-4">
        <h1 className="mr-auto font-semibold text-xl tracking-tight">Audit trail</h1>
        {field('who', { type: 'search', placeholder: 'Who', 'aria-label': 'Who', className: 'w-40' })}
        <NativeSelect
          aria-label="Did"
          className="w-48"
          value={typed.action}
          onChange={(event) => void setTyped({ action: event.currentTarget.value })}
        >
          <option value="">Any action</option>
          {[...new Set([...(actions.data ?? []), typed.action])].filter(Boolean).map((action) => (
            <option key={action} value={action}>
              {action}
            </option>
          ))}
        </NativeSelect>
        {field('experiment', {
          type: 'search',
          placeholder: 'Experiment id',
          'aria-label': 'Experiment id',
          className: 'w-36 font-mono',
        })}
        <span className="flex items-center gap-1.5 text-ink-faint text-xs">
          {field('from', { type: 'date', 'aria-label': 'First day', className: 'w-36' })}
          to
          {field('until', { type: 'date', 'aria-label': 'Last day', className: 'w-36' })}
        </span>
        <Button asChild>
          <a href={csvAddress(search)} download>
            <Download aria-hidden /> CSV
          </a>
        </Button>
      </header>
      <div className="min-h-64 flex-1 border-t">{body()}</div>
      <Dialog open={opened !== null} onOpenChange={(open) => !open && setOpened(null)}>
        {opened && <AuditEntryDialog entry={opened} />}
      </Dialog>
    </div>
  );
}
