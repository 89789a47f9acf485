'use client';
import { useQuery } from '@tanstack/react-query';
import { ShieldCheck } from 'lucide-react';
import { Button } from '#src/components/ui/button.tsx';
import { Dialog, DialogContent, DialogTrigger } from '#src/components/ui/dialog.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { allows } from '#src/shared/permissions/permission-table.ts';
import { Manifest } from './manifest.tsx';
import { VerifySection } from './verify-section.tsx';

function Sections({ code, datasetId }: { code: string; datasetId: string | null }) {
  const trpc = useTRPC();
  const experiment = useQuery(trpc.experiments.byCode.queryOptions({ code }));
  if (experiment.isPending) return <SkeletonRows rows={3} />;
  if (!experiment.data)
    return <ErrorState error={experiment.error} retry={() => void experiment.refetch()} />;
  const { id, roles } = experiment.data;
  return (
    <div className="grid gap-4">
      <VerifySection experimentId={id} datasetId={datasetId} mayVerify={allows('file.upload', roles)} />
      <Manifest code={code} datasetId={datasetId} />
    </div>
  );
}

/** The proof that data are whole: in the store by reading it again, in a copy by a manifest. */
export function CustodyDialog({
  code,
  dataset,
  size = 'md',
}: {
  code: string;
  /** Null: all files of the experiment. */
  dataset: { id: string; base: string } | null;
  size?: 'sm' | 'md';
}) {
  return (
    <Dialog>
      <DialogTrigger asChild>
        <Button size={size}>
          <ShieldCheck aria-hidden /> Verify
        </Button>
      </DialogTrigger>
      <DialogContent
        title={`Is all of ${dataset ? dataset.base.replace(/^raw\//, '') : code} as it left its source?`}
      >
        <Sections code={code} datasetId={dataset?.id ?? null} />
      </DialogContent>
    </Dialog>
  );
}
