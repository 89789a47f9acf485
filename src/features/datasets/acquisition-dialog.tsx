'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { fieldFaultsOf } from '#src/components/app-error-of.ts';
import { EditedByOthers } from '#src/components/edited-by-others.tsx';
import { Dialog, DialogContent, DialogTrigger } from '#src/components/ui/dialog.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useLive, useTRPC } from '#src/features/shell/index.ts';
import type { DatasetDetail } from '#src/server/domain/datasets/datasets.service.ts';
import { allows } from '#src/shared/permissions/permission-table.ts';
import { type AcquisitionDraft, changesOf, draftOf, faultsOf } from './acquisition-draft.ts';
import { AcquisitionFields } from './acquisition-form.tsx';

/** What the editor began from: kept while typing, so that news from others overwrite nothing and are told when saving. */
function AcquisitionForm({ dataset, onSaved }: { dataset: DatasetDetail; onSaved: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [base, setBase] = useState(dataset);
  const before = draftOf(base);
  const [draft, setDraft] = useState(before);
  const startFrom = (newer: DatasetDetail) => {
    setBase(newer);
    setDraft(draftOf(newer));
  };
  const edit = useMutation(
    trpc.datasets.editAcquisition.mutationOptions({
      onSuccess: () => {
        toast.done('Saved');
        onSaved();
      },
      onSettled: () =>
        Promise.all([
          queryClient.invalidateQueries(trpc.datasets.get.queryFilter({ datasetId: dataset.id })),
          queryClient.invalidateQueries(trpc.datasets.list.pathFilter()),
        ]),
    }),
  );
  const isChanged = (Object.keys(draft) as (keyof AcquisitionDraft)[]).some(
    (name) => draft[name] !== before[name],
  );
  const faults = isChanged ? faultsOf(draft) : {};
  const serverFaults = edit.isError ? fieldFaultsOf(edit.error) : {};
  const isOld = dataset.acquisition.version > base.acquisition.version;
  if (isOld && !isChanged) startFrom(dataset);
  return (
    <form
      noValidate
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        const changes = changesOf(draft, before);
        if (Object.keys(faults).length > 0 || changes === null) return;
        edit.mutate({ datasetId: dataset.id, version: base.acquisition.version, ...changes });
      }}
    >
      <AcquisitionFields
        draft={draft}
        faults={{ ...serverFaults, ...faults }}
        onSet={(change) => setDraft({ ...draft, ...change })}
        experimentId={dataset.experimentId!}
        corrections={dataset.acquisition.corrections}
      />
      <p className="text-ink-faint text-xs">
        What the detector said is kept beside what is corrected here, and stays as it is in the files. An
        empty number takes a correction back.
      </p>
      <EditedByOthers
        what="acquisition"
        edit={edit}
        isTold={Object.keys(serverFaults).length > 0}
        mayEdit
        isChanged={isChanged}
        isOld={isOld}
        onTakeTheirs={() => {
          edit.reset();
          startFrom(dataset);
        }}
        onKeepMine={() => {
          edit.reset();
          const { version } = dataset.acquisition;
          setBase({ ...base, acquisition: { ...base.acquisition, version } });
        }}
        onDiscard={() => startFrom(dataset)}
      />
    </form>
  );
}

function Loaded({ datasetId, onSaved }: { datasetId: string; onSaved: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const query = useQuery(trpc.datasets.get.queryOptions({ datasetId }));
  const experimentId = query.data?.experimentId;
  useLive([experimentId ? `experiment:${experimentId}` : null], ({ kind, data }) => {
    if (kind === 'experiment.changed' || data.datasetId === datasetId) {
      void queryClient.invalidateQueries(trpc.datasets.get.queryFilter({ datasetId }));
    }
  });
  if (query.isPending) return <SkeletonRows rows={5} />;
  if (!query.data) return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  return <AcquisitionForm dataset={query.data} onSaved={onSaved} />;
}

/** Corrects what is said of the acquisition behind a dataset: mark, comment, sample, kind, and how it was measured. */
export function AcquisitionDialog({
  dataset,
  trigger,
}: {
  dataset: { id: string; base: string };
  trigger: ReactNode;
}) {
  const [open, setOpen] = useState(false);
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>{trigger}</DialogTrigger>
      <DialogContent
        title={<span className="wrap-anywhere font-mono">{dataset.base.replace(/^raw\//, '')}</span>}
        description="What was measured"
      >
        <Loaded datasetId={dataset.id} onSaved={() => setOpen(false)} />
      </DialogContent>
    </Dialog>
  );
}

/** Whether the viewer may correct acquisitions of the experiment; false until it is known. */
export function useMayCorrect(code: string | null): boolean {
  const trpc = useTRPC();
  const { data } = useQuery(
    trpc.experiments.byCode.queryOptions({ code: code ?? '' }, { enabled: code !== null }),
  );
  return data !== undefined && allows('file.upload', data.roles);
}
