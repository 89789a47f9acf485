import type { Metadata } from 'next';
import { CockpitPage } from '#src/features/cockpit/index.ts';

export const metadata: Metadata = { title: 'Cockpit' };

export default async function InstrumentPage({ params }: { params: Promise<{ slug: string }> }) {
  const { slug } = await params;
  return <CockpitPage slug={slug} />;
}
