'use client';
import { JobList } from './job-list.tsx';

/** All jobs one may see. */
export function JobsPage() {
  return (
    <div className="flex h-full min-h-0 flex-col">
      <h1 className="px-3 pt-3 font-semibold text-xl tracking-tight sm:px-4">Jobs</h1>
      <JobList className="min-h-0 flex-1" />
    </div>
  );
}
