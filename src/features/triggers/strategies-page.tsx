'use client';
import { Plus, Workflow } from 'lucide-react';
import { Button } from '#src/components/ui/button.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { StaffOnly, useInstrument } from '#src/features/instrument/index.ts';
import { FiringsCard } from './firing-list.tsx';
import { StrategyCard } from './strategy-card.tsx';
import { StrategyDialog } from './strategy-dialog.tsx';
import { useStrategies } from './use-strategies.ts';

function Strategies() {
  const instrument = useInstrument();
  const { refresh, ...strategies } = useStrategies(instrument.id);
  const place = { instrumentId: instrument.id, refresh };
  const newStrategy = (
    <StrategyDialog
      {...place}
      strategy={null}
      trigger={
        <Button look="primary">
          <Plus aria-hidden /> New strategy
        </Button>
      }
    />
  );
  return (
    <div className="grid grid-cols-1 gap-3 p-3 sm:p-4">
      <header className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="grid min-w-0 flex-1 basis-72 gap-1">
          <h1 className="font-semibold text-xl tracking-tight">Strategies of {instrument.name}</h1>
          <p className="text-ink-soft text-sm">
            What starts by itself. Experiments have the default, unless another is chosen for them.
          </p>
        </div>
        {newStrategy}
      </header>
      {strategies.isPending && <SkeletonRows rows={4} />}
      {strategies.isError && !strategies.data && (
        <ErrorState error={strategies.error} retry={() => void strategies.refetch()} />
      )}
      <div className="grid grid-cols-1 items-start gap-3 xl:grid-cols-2">
        <div className="grid grid-cols-1 gap-3">
          {strategies.data?.length === 0 && (
            <EmptyState icon={Workflow} title="No strategy yet">
              A strategy is a named set of triggers, such as Screening or Fast feedback. The first one becomes
              the default of the instrument.
            </EmptyState>
          )}
          {strategies.data?.map((strategy) => (
            <StrategyCard key={strategy.id} strategy={strategy} {...place} />
          ))}
        </div>
        <FiringsCard of={{ instrumentId: instrument.id }} withExperiment />
      </div>
    </div>
  );
}

/** Strategies of an instrument with their triggers, and what fired and why not; for its staff. */
export function StrategiesPage() {
  return (
    <StaffOnly>
      <Strategies />
    </StaffOnly>
  );
}
