'use client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { DatasetDetail } from '#src/server/domain/datasets/datasets.service.ts';
import { GiveDialog } from './give-dialog.tsx';

/** Gives a dataset to another experiment, from its own page; for staff of the instrument. */
export function MoveDataset({ dataset }: { dataset: DatasetDetail }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [isChoosing, setChoosing] = useState(false);
  const { id, experimentId, experimentCode, instrumentId, startedAt } = dataset;
  const move = useMutation(
    trpc.datasets.reassign.mutationOptions({
      onSuccess: () => {
        toast.done('The dataset changed hands; its bytes follow');
        void queryClient.invalidateQueries(trpc.datasets.get.queryFilter({ datasetId: id }));
      },
      onError: (error) => toast.failed(error),
    }),
  );
  return (
    <>
      <Button size="sm" busy={move.isPending} onClick={() => setChoosing(true)}>
        {experimentId === null ? 'Give to experiment…' : 'Move…'}
      </Button>
      {isChoosing && (
        <GiveDialog
          instrumentId={instrumentId}
          at={startedAt}
          from={
            experimentId !== null && experimentCode !== null
              ? { id: experimentId, code: experimentCode }
              : null
          }
          title={`${experimentId === null ? 'Give' : 'Move'} ${dataset.base.replace(/^raw\//, '')}`}
          onGive={(to, reason) => {
            setChoosing(false);
            move.mutate({ datasetId: id, experimentId: to.id, reason });
          }}
          onClose={() => setChoosing(false)}
        />
      )}
    </>
  );
}
