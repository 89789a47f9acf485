import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { ViewerPage } from '#src/features/viewer/index.ts';

export const metadata: Metadata = { title: 'Frames' };

export default async function FramesPage({
  params,
}: {
  params: Promise<{ code: string; datasetId: string; image: string }>;
}) {
  const { code, datasetId, image } = await params;
  const number = Number(image);
  if (!Number.isSafeInteger(number) || number < 1) notFound();
  return <ViewerPage code={decodeURIComponent(code)} datasetId={datasetId} image={number} />;
}
