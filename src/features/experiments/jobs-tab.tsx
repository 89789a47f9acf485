'use client';
import { JobList, RunTemplate } from '#src/features/jobs/index.ts';
import { allows } from '#src/shared/permissions/permission-table.ts';
import { useExperiment } from './experiment-context.ts';

/** The jobs of the experiment one is on. */
export function JobsTab() {
  const { id, code, roles } = useExperiment();
  const mayProlong = allows('experiment.askProlongation', roles);
  return (
    <JobList
      experimentId={id}
      actions={
        allows('job.run', roles) && (
          <RunTemplate experiment={{ id, code, mayProlong }} label="Run a template" />
        )
      }
    />
  );
}
