import type { ReactNode } from 'react';
import { InstrumentFrame } from '#src/features/instrument/index.ts';

export default async function InstrumentLayout({
  children,
  params,
}: {
  children: ReactNode;
  params: Promise<{ slug: string }>;
}) {
  const { slug } = await params;
  return <InstrumentFrame slug={slug}>{children}</InstrumentFrame>;
}
