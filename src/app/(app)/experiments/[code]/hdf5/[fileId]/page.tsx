import type { Metadata } from 'next';
import { foundOrNotFound } from '#src/app/found-or-not-found.ts';
import { ExplorerPage } from '#src/features/hdf5/index.ts';
import { requireSignedIn } from '#src/server/auth/page-caller.ts';
import { webContainer } from '#src/server/web-container.ts';
import { parseExperimentCode } from '#src/shared/model/experiment-code.ts';

export const metadata: Metadata = { title: 'HDF5' };

export default async function Hdf5Page({ params }: { params: Promise<{ code: string; fileId: string }> }) {
  const { code, fileId } = await params;
  await foundOrNotFound(webContainer().files.getFile(await requireSignedIn(), { fileId }));
  const canonical = parseExperimentCode(decodeURIComponent(code)) ?? code;
  return <ExplorerPage code={canonical} fileId={fileId} />;
}
