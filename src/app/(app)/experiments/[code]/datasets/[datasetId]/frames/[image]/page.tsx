import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { foundOrNotFound } from '#src/app/found-or-not-found.ts';
import { ViewerPage } from '#src/features/viewer/index.ts';
import { requireSignedIn } from '#src/server/auth/page-caller.ts';
import { webContainer } from '#src/server/web-container.ts';

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
  return <ViewerPage code={decodeURIComponent(code)} datasetId={datasetId} image={number} />;
}
