'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import {
  Dialog,
  DialogClose,
  DialogContent,
  DialogFooter,
  DialogTrigger,
} from '#src/components/ui/dialog.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Input } from '#src/components/ui/input.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { StrategyField } from '#src/features/triggers/index.ts';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
import { LOST_REASON } from './server-lost.tsx';

/** Chooses the experiment whose data arrive from now on. Says which is left, and refuses when somebody else was faster. */
export function SwitchDialog({
  view,
  refresh,
  isServerLost,
}: {
  view: CockpitView;
  refresh: () => void;
  /** Nothing can be chosen while the server does not answer. */
  isServerLost: boolean;
}) {
  const trpc = useTRPC();
  const [open, setOpen] = useState(false);
  const [search, setSearch] = useState('');
  const [chosenId, setChosenId] = useState<string | null>(null);
  const [strategyId, setStrategyId] = useState('');
  const current = view.active?.experiment ?? null;
  const candidates = useQuery(
    trpc.experiments.list.queryOptions(
      {
        instrumentId: view.instrument.id,
        states: ['preparation', 'running', 'processing'],
        search,
        limit: 50,
      },
      { enabled: open, placeholderData: (before) => before, staleTime: 0 },
    ),
  );
  const activate = useMutation(
    trpc.experiments.activate.mutationOptions({
      onSuccess: () => {
        setOpen(false);
        toast.done(`${chosen?.code} is active now`);
      },
      onSettled: refresh,
    }),
  );
  const rows = (candidates.data?.items ?? []).filter((row) => row.id !== current?.id);
  const chosen = rows.find((row) => row.id === chosenId) ?? null;

  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        setChosenId(null);
        setStrategyId('');
        activate.reset();
      }}
    >
      <DialogTrigger asChild>
        <Button
          look={current ? 'plain' : 'primary'}
          disabled={isServerLost}
          title={isServerLost ? LOST_REASON : undefined}
        >
          {current ? 'Switch' : 'Activate'}
        </Button>
      </DialogTrigger>
      <DialogContent
        title={
          current
            ? `Switch ${view.instrument.name} to another experiment`
            : `Activate an experiment at ${view.instrument.name}`
        }
        description={
          current
            ? `${current.code} “${current.title}” stays Running but becomes inactive. Data acquired from then on belong to the new one.`
            : 'Data acquired from then on belong to it.'
        }
      >
        <Input
          type="search"
          aria-label="Search experiments"
          placeholder="Code, title or PI"
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <div className="max-h-72 overflow-y-auto rounded-md border">
          {candidates.isPending && <SkeletonRows rows={3} />}
          {candidates.isError && (
            <ErrorState error={candidates.error} retry={() => void candidates.refetch()} />
          )}
          {candidates.isSuccess && rows.length === 0 && (
            <EmptyState title={search ? 'Nothing matches' : 'No other experiment'} className="py-6">
              Experiments in Preparation, Running or Processing of this instrument can be activated.
            </EmptyState>
          )}
          <div role="radiogroup" aria-label="Experiment">
            {rows.map((row) => (
              <label
                key={row.id}
                className="flex cursor-pointer items-center gap-3 border-b px-3 py-2 last:border-b-0 hover:bg-hover has-checked:bg-hover"
              >
                <input
                  type="radio"
                  name="experiment"
                  checked={row.id === chosenId}
                  onChange={() => setChosenId(row.id)}
                  className="accent-(--accent)"
                />
                <span className="min-w-0 flex-1">
                  <span className="flex items-baseline gap-2">
                    <span className="font-mono text-sm">{row.code}</span>
                    <span className="truncate text-sm">{row.title}</span>
                  </span>
                  <span className="block truncate text-ink-faint text-xs">
                    PI {row.piName} · {row.state}
                  </span>
                </span>
              </label>
            ))}
          </div>
        </div>
        {open && (
          <StrategyField
            instrumentId={view.instrument.id}
            chosen={strategyId}
            unchosen="the one that it has"
            onChoose={setStrategyId}
          />
        )}
        {isServerLost && (
          <p role="alert" className="text-sm text-warn">
            {LOST_REASON}
          </p>
        )}
        <FormFault error={activate.error} />
        <DialogFooter>
          <DialogClose asChild>
            <Button look="quiet">Cancel</Button>
          </DialogClose>
          <Button
            look="primary"
            disabled={!chosen || isServerLost}
            busy={activate.isPending}
            onClick={() => {
              if (!chosen) return;
              activate.mutate({
                ...{ experimentId: chosen.id, expectedActiveId: current?.id ?? null },
                strategyId: strategyId || undefined,
              });
            }}
          >
            {chosen ? `Activate ${chosen.code}` : 'Choose an experiment'}
          </Button>
        </DialogFooter>
      </DialogContent>
    </Dialog>
  );
}
