'use client';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Dialog, DialogContent, DialogTrigger } from '#src/components/ui/dialog.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { ExperimentContext } from './experiment-context.ts';
import { PeopleTab } from './people-tab.tsx';

/** The people of an experiment over the page one is on: all that its tab People does, without leaving. */
export function ExperimentPeople({ code, trigger }: { code: string; trigger: ReactNode }) {
  const trpc = useTRPC();
  const [open, setOpen] = useState(false);
  const experiment = useQuery(trpc.experiments.byCode.queryOptions({ code }, { enabled: open }));
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>{trigger}</DialogTrigger>
      <DialogContent title={`People of ${code}`} className="max-w-4xl">
        <div className="-mx-4 -mb-4 min-w-0">
          {experiment.data && (
            <ExperimentContext value={experiment.data}>
              <PeopleTab />
            </ExperimentContext>
          )}
          {experiment.isPending && <SkeletonRows />}
          {experiment.isError && !experiment.data && (
            <ErrorState error={experiment.error} retry={() => void experiment.refetch()} />
          )}
        </div>
      </DialogContent>
    </Dialog>
  );
}
