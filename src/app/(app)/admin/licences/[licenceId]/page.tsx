import type { Metadata } from 'next';
import { LicencePage } from '#src/features/admin/index.ts';

export const metadata: Metadata = { title: 'Licence' };

export default async function Page({ params }: { params: Promise<{ licenceId: string }> }) {
  const { licenceId } = await params;
  return <LicencePage licenceId={licenceId} />;
}
