'use client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { formatDuration } from '#src/components/format.ts';
import { Dialog, DialogContent, SubmitFooter } from '#src/components/ui/dialog.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Field, Input } from '#src/components/ui/input.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { ExperimentListItem } from '#src/server/domain/experiments/experiment.types.ts';
import { type ActiveThen, whoWasActive } from './who-was-active.ts';

export interface Target {
  id: string;
  code: string;
}

const WHEN_WORDS: Readonly<Record<ActiveThen['when'], (distanceMs: number) => string>> = {
  // biome-ignore lint/suspicious/noThenProperty: the word is right, and nobody awaits this
  then: () => 'active at that time',
  before: (ms) => `last active ${formatDuration(ms)} before`,
  after: (ms) => `became active ${formatDuration(ms)} later`,
};

/** The experiments of the instrument, those that may be meant first; one is chosen. */
function Experiments({
  instrumentId,
  at,
  exceptId,
  chosen,
  onChoose,
}: {
  instrumentId: string;
  at: Date;
  exceptId: string | null;
  chosen: Target | null;
  onChoose: (target: Target) => void;
}) {
  const trpc = useTRPC();
  const [search, setSearch] = useState('');
  const list = useQuery(
    trpc.experiments.list.queryOptions(
      { instrumentId, search, limit: 100 },
      { placeholderData: (before) => before, staleTime: 0 },
    ),
  );
  const history = useQuery(trpc.instruments.activations.queryOptions({ instrumentId, limit: 200 }));
  const likely = whoWasActive(history.data?.items ?? [], at);
  const rank = ({ id }: ExperimentListItem) => {
    const index = likely.findIndex(({ experimentId }) => experimentId === id);
    return index < 0 ? likely.length : index;
  };
  const rows = (list.data?.items ?? []).filter(({ id }) => id !== exceptId).sort((a, b) => rank(a) - rank(b));
  return (
    <div className="grid gap-2">
      <Input
        type="search"
        aria-label="Search experiments"
        placeholder="Code, title or PI"
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <div className="max-h-60 overflow-y-auto rounded-md border">
        {list.isPending && <SkeletonRows rows={3} />}
        {list.isError && !list.data && <ErrorState error={list.error} retry={() => void list.refetch()} />}
        {list.isSuccess && rows.length === 0 && (
          <EmptyState title={search ? 'Nothing matches' : 'No experiment'} className="py-6">
            Data are given to an experiment of this instrument. Create it first when it is not there yet.
          </EmptyState>
        )}
        <div role="radiogroup" aria-label="Experiment">
          {rows.map((row) => {
            const when = likely.find(({ experimentId }) => experimentId === row.id);
            return (
              <label
                key={row.id}
                className="flex cursor-pointer items-center gap-3 border-b px-3 py-2 last:border-b-0 hover:bg-hover has-checked:bg-hover"
              >
                <input
                  type="radio"
                  name="experiment"
                  checked={row.id === chosen?.id}
                  onChange={() => onChoose({ id: row.id, code: row.code })}
                  className="accent-(--accent)"
                />
                <span className="min-w-0 flex-1">
                  <span className="flex items-baseline gap-2">
                    <span className="font-mono text-sm">{row.code}</span>
                    <span className="truncate text-sm">{row.title}</span>
                  </span>
                  <span className="block truncate text-ink-faint text-xs">
                    {when && (
                      <span className="text-ink-soft">{WHEN_WORDS[when.when](when.distanceMs)} · </span>
                    )}
                    PI {row.piName} · {row.state}
                  </span>
                </span>
              </label>
            );
          })}
        </div>
      </div>
    </div>
  );
}

/**
 * Chooses the experiment that data are given to, with a reason that stays with them. What becomes of each is told where it stood; the
 * dialog closes at once.
 */
export function GiveDialog({
  instrumentId,
  at,
  from,
  title,
  onGive,
  onClose,
}: {
  instrumentId: string;
  /** When the (first of the) data were acquired. */
  at: Date;
  /** The experiment they are in now; null: the unassigned tray. */
  from: Target | null;
  title: string;
  onGive: (to: Target, reason: string) => void;
  onClose: () => void;
}) {
  const [chosen, setChosen] = useState<Target | null>(null);
  const [reason, setReason] = useState('');
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent
        title={title}
        description={`The bytes are moved one file after the other, with their hashes and stamps; a name that is taken gets a suffix. The Owners ${from ? 'of both experiments' : 'of the experiment'} are told.`}
      >
        <form
          className="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            if (chosen) onGive(chosen, reason.trim());
          }}
        >
          <Experiments
            instrumentId={instrumentId}
            at={at}
            exceptId={from?.id ?? null}
            chosen={chosen}
            onChoose={setChosen}
          />
          <Field label="Reason" hint="Stays in the record of the data.">
            {(props) => (
              <Input
                {...props}
                required
                maxLength={500}
                placeholder="measured in their beam time; activated too late"
                value={reason}
                onChange={(event) => setReason(event.currentTarget.value)}
              />
            )}
          </Field>
          <SubmitFooter disabled={!chosen || reason.trim() === ''}>
            {chosen ? `Give to ${chosen.code}` : 'Choose an experiment'}
          </SubmitFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}
