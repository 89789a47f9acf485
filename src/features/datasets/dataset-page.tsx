'use client';
import { Binary, Pencil } from 'lucide-react';
import Link from 'next/link';
import { Button } from '#src/components/ui/button.tsx';
import { CustodyDialog } from '#src/features/custody/index.ts';
import { explorerHref } from '#src/features/hdf5/index.ts';
import { useProfile } from '#src/features/shell/index.ts';
import { MoveDataset } from '#src/features/unassigned/index.ts';
import { ViewerPage, type ViewerPlace } from '#src/features/viewer/index.ts';
import type { DatasetDetail } from '#src/server/domain/datasets/datasets.service.ts';
import { AcquisitionDialog, useMayCorrect } from './acquisition-dialog.tsx';
import { ScanMapDialog } from './scan-map-dialog.tsx';

function Actions({ dataset }: { dataset: DatasetDetail }) {
  const { instruments } = useProfile();
  const mayCorrect = useMayCorrect(dataset.experimentCode);
  const isStaff = instruments.some(({ id }) => id === dataset.instrumentId);
  return (
    <>
      {dataset.experimentCode !== null && (
        <CustodyDialog code={dataset.experimentCode} dataset={dataset} size="sm" />
      )}
      {dataset.masterFileId !== null && dataset.experimentCode !== null && (
        <Button size="sm" asChild>
          <Link href={explorerHref(dataset.experimentCode, dataset.masterFileId)}>
            <Binary aria-hidden /> Master file
          </Link>
        </Button>
      )}
      {dataset.acquisition.grid && dataset.experimentCode !== null && (
        <ScanMapDialog dataset={dataset} code={dataset.experimentCode} size="sm" />
      )}
      {mayCorrect && (
        <AcquisitionDialog
          dataset={dataset}
          trigger={
            <Button size="sm">
              <Pencil aria-hidden /> Correct
            </Button>
          }
        />
      )}
      {isStaff && dataset.state !== 'receiving' && <MoveDataset dataset={dataset} />}
    </>
  );
}

/** One dataset: its frames, the proof that all of them are here, and whose it is. */
export function DatasetPage(props: { place: ViewerPlace; datasetId: string; image: number }) {
  return <ViewerPage {...props} actions={(dataset) => <Actions dataset={dataset} />} />;
}
