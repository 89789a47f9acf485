import type { Metadata } from 'next';
import { JobPage } from '#src/features/jobs/index.ts';

export const metadata: Metadata = { title: 'Job' };

export default async function OneJobPage({ params }: { params: Promise<{ jobId: string }> }) {
  const { jobId } = await params;
  return <JobPage jobId={jobId} />;
}
