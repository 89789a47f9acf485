import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { foundOrNotFound } from '#src/app/found-or-not-found.ts';
import { FileFramesPage } from '#src/features/viewer/index.ts';
import { requireSignedIn } from '#src/server/auth/page-caller.ts';
import { webContainer } from '#src/server/web-container.ts';
import { parseExperimentCode } from '#src/shared/model/experiment-code.ts';

export const metadata: Metadata = { title: 'Frames of a file' };

export default async function FramesOfFilePage({
  params,
}: {
  params: Promise<{ code: string; fileId: string; image: string }>;
}) {
  const { code, fileId, image } = await params;
  const number = Number(image);
  if (!Number.isSafeInteger(number) || number < 1) notFound();
  await foundOrNotFound(webContainer().files.getFile(await requireSignedIn(), { fileId }));
  const canonical = parseExperimentCode(decodeURIComponent(code)) ?? code;
  return <FileFramesPage code={canonical} fileId={fileId} image={number} />;
}
