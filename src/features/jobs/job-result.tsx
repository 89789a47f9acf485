'use client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Star, StarOff } from 'lucide-react';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { JobDetail } from '#src/server/domain/jobs/jobs.service.ts';

type Told = Pick<
  JobDetail,
  'id' | 'state' | 'datasetId' | 'isResult' | 'resultChosenAt' | 'resultChosenByName' | 'canChooseResult'
>;

function useChoice(jobId: string) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const refresh = () => queryClient.invalidateQueries(trpc.jobs.pathFilter());
  const onError = (error: unknown) => toast.failed(error);
  const choose = useMutation(trpc.jobs.chooseResult.mutationOptions({ onSettled: refresh, onError }));
  const drop = useMutation(trpc.jobs.dropResult.mutationOptions({ onSettled: refresh, onError }));
  return {
    busy: choose.isPending || drop.isPending,
    choose: () => choose.mutate({ jobId }),
    drop: () => drop.mutate({ jobId }),
  };
}

/** Whether the numbers of a job stand for its dataset in lists, who said so, and the way to say otherwise. */
export function JobResult({ job }: { job: Told }) {
  const choice = useChoice(job.id);
  if (job.datasetId === null || job.state !== 'succeeded') return null;
  const isChosen = job.isResult && job.resultChosenAt !== null;
  if (!job.isResult && !job.canChooseResult) return null;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
      {job.isResult && (
        <p className="flex flex-wrap items-baseline gap-x-1.5">
          <Star className="size-4 self-center fill-current text-accent" aria-hidden />
          <span className="font-medium">Stands for its dataset in lists</span>
          <span className="text-ink-soft">
            {job.resultChosenAt ? (
              <>
                chosen by {job.resultChosenByName ?? 'the system'} <RelativeTime at={job.resultChosenAt} />
              </>
            ) : (
              'as the best of its jobs'
            )}
          </span>
        </p>
      )}
      {job.canChooseResult && (
        <Button
          size="sm"
          look="quiet"
          title="Which of the jobs on a dataset its row shows the numbers of"
          busy={choice.busy}
          onClick={isChosen ? choice.drop : choice.choose}
        >
          {isChosen ? <StarOff aria-hidden /> : <Star aria-hidden />}
          {isChosen ? 'Let the numbers decide' : job.isResult ? 'Keep this one' : 'This is the result'}
        </Button>
      )}
    </div>
  );
}
