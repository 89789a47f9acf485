'use client';
import { useMutation } from '@tanstack/react-query';
import { Inbox, Search } from 'lucide-react';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useState } from 'react';
import { exactBytes, formatBytes, formatCount } from '#src/components/format.ts';
import { Button } from '#src/components/ui/button.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Input, NativeSelect } from '#src/components/ui/input.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { StaffOnly, useInstrument } from '#src/features/instrument/index.ts';
import { useTRPC } from '#src/features/shell/index.ts';
import { GiveDialog } from './give-dialog.tsx';
import { GivenList } from './given-list.tsx';
import { MovesCard } from './moves-card.tsx';
import { matches, type TrayRow, trayKey } from './tray-row.ts';
import { TrayTable } from './tray-table.tsx';
import { useGive } from './use-give.ts';
import { useTray } from './use-tray.ts';

const KINDS = ['all', 'dataset', 'file'] as const;

const countWords = (count: number, one: string) => `${formatCount(count)} ${one}${count === 1 ? '' : 's'}`;

/** The time that speaks for a selection: of what was acquired first. */
const earliest = (rows: readonly TrayRow[]) => new Date(Math.min(...rows.map(({ at }) => at.getTime())));

function useDownload() {
  const trpc = useTRPC();
  return useMutation(
    trpc.files.download.mutationOptions({
      onSuccess: ({ url }) => window.location.assign(url),
      onError: (error) => toast.failed(error),
    }),
  );
}

function Tray() {
  const instrument = useInstrument();
  const tray = useTray(instrument.id);
  const download = useDownload();
  const [{ q, kind }, setFilter] = useQueryStates({
    q: parseAsString.withDefault(''),
    kind: parseAsStringLiteral(KINDS).withDefault('all'),
  });
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [isChoosing, setChoosing] = useState(false);
  const { given, isGiving, give, forget } = useGive(tray.refresh);
  const rows = tray.rows.filter((row) => (kind === 'all' || row.kind === kind) && matches(row, q));
  // What left the tray meanwhile, or is hidden by the filter, is not given away unseen.
  const chosen = rows.filter((row) => selected.has(trayKey(row)));

  const list = () => {
    if (tray.isPending) return <SkeletonRows />;
    if (!tray.data) return <ErrorState error={tray.error} retry={() => void tray.refetch()} />;
    if (tray.rows.length === 0) {
      return (
        <EmptyState icon={Inbox} title="Nothing is unassigned">
          Data come here when nobody can tell whose they are: acquired while no experiment was active, too
          near a switch for how well a clock is known, or older than what the agent knows. They are kept, and
          shown to no group.
        </EmptyState>
      );
    }
    if (rows.length === 0) {
      return (
        <EmptyState icon={Search} title="Nothing matches">
          The filter looks at names, sources and reasons.
        </EmptyState>
      );
    }
    return (
      <TrayTable
        rows={rows}
        selected={selected}
        onSelected={setSelected}
        viewerHref={(row) =>
          row.kind === 'dataset' ? `/instruments/${instrument.slug}/unassigned/${row.id}/frames/1` : null
        }
        onDownload={(row) => download.mutate({ fileId: row.id })}
      />
    );
  };

  return (
    <div className="grid grid-cols-1 gap-3 p-3 sm:p-4">
      <header className="grid gap-1">
        <h1 className="font-semibold text-xl tracking-tight">Unassigned data of {instrument.name}</h1>
        {tray.totals && tray.rows.length > 0 && (
          <p className="text-ink-soft text-sm">
            {countWords(tray.totals.datasets, 'dataset')}, {countWords(tray.totals.files, 'file')} without a
            dataset (<span title={exactBytes(tray.totals.bytes)}>{formatBytes(tray.totals.bytes)}</span>).
            Kept, and shown to no group until they are given to an experiment.
          </p>
        )}
      </header>
      {tray.rows.length > 0 && (
        <div className="flex flex-wrap items-center gap-2">
          <Input
            type="search"
            aria-label="Filter the tray"
            placeholder="Name, source or reason"
            className="max-w-72"
            value={q}
            onChange={(event) => void setFilter({ q: event.currentTarget.value })}
          />
          <NativeSelect
            aria-label="Kind"
            className="w-auto"
            value={kind}
            onChange={(event) =>
              void setFilter({ kind: event.currentTarget.value as (typeof KINDS)[number] })
            }
          >
            <option value="all">Datasets and files</option>
            <option value="dataset">Datasets</option>
            <option value="file">Files</option>
          </NativeSelect>
          <Button
            look="primary"
            className="ml-auto"
            disabled={chosen.length === 0}
            busy={isGiving}
            onClick={() => setChoosing(true)}
          >
            {chosen.length === 0 ? 'Give to experiment…' : `Give ${chosen.length} to experiment…`}
          </Button>
        </div>
      )}
      <GivenList given={given} isGiving={isGiving} onClose={forget} />
      {list()}
      {tray.hasNextPage && (
        <Button
          className="justify-self-center"
          busy={tray.isFetchingNextPage}
          onClick={() => void tray.fetchNextPage()}
        >
          More files
        </Button>
      )}
      <MovesCard moves={tray.moves} refresh={tray.refresh} />
      {isChoosing && (
        <GiveDialog
          instrumentId={instrument.id}
          at={earliest(chosen)}
          from={null}
          title={chosen.length === 1 ? `Give ${chosen[0]!.path}` : `Give ${chosen.length} to one experiment`}
          onGive={(to, reason) => {
            setChoosing(false);
            setSelected(new Set());
            void give(chosen, to, reason);
          }}
          onClose={() => setChoosing(false)}
        />
      )}
    </div>
  );
}

/** Data of an instrument that belong to no experiment, for its staff to give away. */
export function UnassignedPage() {
  return (
    <StaffOnly>
      <Tray />
    </StaffOnly>
  );
}
