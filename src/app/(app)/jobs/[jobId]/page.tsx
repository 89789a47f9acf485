import type { Metadata } from 'next';
import { cache } from 'react';
import { foundOrNotFound } from '#src/app/found-or-not-found.ts';
import { JobPage, jobName } from '#src/features/jobs/index.ts';
import { requireSignedIn } from '#src/server/auth/page-caller.ts';
import { webContainer } from '#src/server/web-container.ts';

type Params = Promise<{ jobId: string }>;

/** Asked for once, for the title and the page. */
const jobOf = cache(async (jobId: string) =>
  foundOrNotFound(webContainer().jobs.get(await requireSignedIn(), { jobId })),
);

export async function generateMetadata({ params }: { params: Params }): Promise<Metadata> {
  const job = await jobOf((await params).jobId);
  return { title: job ? jobName(job) : 'Job' };
}

export default async function OneJobPage({ params }: { params: Params }) {
  const { jobId } = await params;
  await jobOf(jobId);
  return <JobPage jobId={jobId} />;
}
