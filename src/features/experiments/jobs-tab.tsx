'use client';
import { JobList } from '#src/features/jobs/index.ts';
import { useExperiment } from './experiment-frame.tsx';

/** The jobs of the experiment one is on. */
export function JobsTab() {
  return <JobList experimentId={useExperiment().id} />;
}
