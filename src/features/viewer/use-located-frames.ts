import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTRPC } from '#src/features/shell/index.ts';

/** Has the server look into files of a dataset of which nobody knows yet where their frames lie, until it has looked into all. */
export function useLocatedFrames(datasetId: string, isToBeLocated: boolean) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { mutate, isPending, isError, error, data } = useMutation(
    trpc.datasets.locateFrames.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries(trpc.datasets.frameIndex.queryFilter({ datasetId })),
    }),
  );
  const isNext = isToBeLocated && !isPending && !isError;
  useEffect(() => {
    if (isNext) mutate({ datasetId });
  }, [isNext, mutate, datasetId]);
  return { error: isError ? error : null, left: data?.left ?? null, retry: () => mutate({ datasetId }) };
}
