import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { foundOrNotFound } from '#src/app/found-or-not-found.ts';
import { DatasetPage } from '#src/features/datasets/index.ts';
import { requireSignedIn } from '#src/server/auth/page-caller.ts';
import { webContainer } from '#src/server/web-container.ts';
import { parseExperimentCode } from '#src/shared/model/experiment-code.ts';

export const metadata: Metadata = { title: 'Frames' };

export default async function FramesPage({
  params,
}: {
  params: Promise<{ code: string; datasetId: string; image: string }>;
}) {
  const { code, datasetId, image } = await params;
  const number = Number(image);
  if (!Number.isSafeInteger(number) || number < 1) notFound();
  await foundOrNotFound(webContainer().datasets.getDataset(await requireSignedIn(), { datasetId }));
  const canonical = parseExperimentCode(decodeURIComponent(code)) ?? code;
  return <DatasetPage place={{ code: canonical }} datasetId={datasetId} image={number} />;
}
