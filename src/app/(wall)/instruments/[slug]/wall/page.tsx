import type { Metadata } from 'next';
import { WallPage } from '#src/features/cockpit/index.ts';

export const metadata: Metadata = { title: 'Wall display', robots: { index: false, follow: false } };

/** Outside of the shell and of the sign-in: who may see it, its question to the server decides. */
export default async function InstrumentWallPage({ params }: { params: Promise<{ slug: string }> }) {
  const { slug } = await params;
  return <WallPage slug={slug} />;
}
