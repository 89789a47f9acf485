import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { foundOrNotFound } from '#src/app/found-or-not-found.ts';
import { DatasetPage } from '#src/features/datasets/index.ts';
import { requireSignedIn } from '#src/server/auth/page-caller.ts';
import { webContainer } from '#src/server/web-container.ts';

export const metadata: Metadata = { title: 'Unassigned frames' };

export default async function UnassignedFramesPage({
  params,
}: {
  params: Promise<{ slug: string; datasetId: string; image: string }>;
}) {
  const { slug, datasetId, image } = await params;
  const number = Number(image);
  if (!Number.isSafeInteger(number) || number < 1) notFound();
  await foundOrNotFound(webContainer().datasets.getDataset(await requireSignedIn(), { datasetId }));
  return <DatasetPage place={{ slug }} datasetId={datasetId} image={number} />;
}
