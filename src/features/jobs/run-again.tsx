'use client';
import { useQuery } from '@tanstack/react-query';
import { RotateCw } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { Dialog, DialogContent, DialogTrigger } from '#src/components/ui/dialog.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Field, NativeSelect } from '#src/components/ui/input.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { JobDetail, JobView } from '#src/server/domain/jobs/jobs.service.ts';
import { datasetParameterOf } from '#src/shared/contracts/parameter-values.ts';
import { jobName } from './job-words.ts';
import { LaunchForm } from './launch-form.tsx';

/** The form, filled with what the job was given; another template takes what its inputs have in common with it. */
function AgainForm({ job, onDone }: { job: JobDetail; onDone: () => void }) {
  const trpc = useTRPC();
  const [slug, setSlug] = useState(job.newest ? job.templateSlug : '');
  const usable = useQuery(trpc.jobs.templates.queryOptions());
  if (!job.canRun) {
    return (
      <p className="text-sm">You may look at {job.experimentCode}, not run jobs in it. Ask its Manager.</p>
    );
  }
  if (usable.isPending) return <SkeletonRows rows={5} />;
  if (usable.isError) return <ErrorState error={usable.error} retry={() => void usable.refetch()} />;
  // Members may repeat what ran in their experiment, also where nobody shares the template with them.
  const own = job.newest && {
    ...{ slug: job.templateSlug, name: job.templateName, version: job.newest.version },
    ...{ parameters: job.newest.parameters, needsDataset: job.datasetId !== null },
  };
  const others = usable.data.filter((each) => each.slug !== job.templateSlug);
  const templates = own ? [own, ...others] : others;
  const template = templates.find((each) => each.slug === slug);
  const isSame = slug === job.templateSlug;
  const needsOne = template?.needsDataset && datasetParameterOf(template.parameters) === null;
  return (
    <div className="grid gap-3">
      <Field
        label="Template"
        hint={
          !own
            ? `${job.templateName} cannot be started any more: it was archived, or is no longer shared with you.`
            : isSame && own.version !== job.templateVersion
              ? `Version ${own.version} of it, where this job ran by version ${job.templateVersion}.`
              : undefined
        }
      >
        {(props) => (
          <NativeSelect {...props} value={slug} onChange={(event) => setSlug(event.currentTarget.value)}>
            {!own && <option value="">choose a template</option>}
            {templates.map((each) => (
              <option key={each.slug} value={each.slug}>
                {each.name}
              </option>
            ))}
          </NativeSelect>
        )}
      </Field>
      {template && needsOne && job.datasetId === null && (
        <p className="text-sm text-warn">
          {template.name} looks at one dataset, and this job was about none. Start it from the dataset.
        </p>
      )}
      {template && (!needsOne || job.datasetId !== null) && (
        <LaunchForm
          key={template.slug}
          launch={{
            experiment: { id: job.experimentId, code: job.experimentCode },
            template,
            datasetId: job.datasetId,
            values: job.parameters,
            ...{ profileId: job.profileId, licenceId: job.licenceId },
            parent: job,
          }}
          mayProlong={job.canAskProlongation}
          action="Run again"
          onDone={onDone}
        />
      )}
    </div>
  );
}

function AgainBody({ jobId, onDone }: { jobId: string; onDone: () => void }) {
  const trpc = useTRPC();
  const query = useQuery(trpc.jobs.get.queryOptions({ jobId }));
  if (query.isPending) return <SkeletonRows rows={5} />;
  if (!query.data) return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  return <AgainForm job={query.data} onDone={onDone} />;
}

/** Runs a job again, as it was or otherwise; says before the button what changes, and what it costs whom. */
export function RunAgain({
  job,
  inRow = false,
}: {
  job: Pick<JobView, 'id' | 'templateName' | 'base'>;
  /** A picture instead of words, where there is a column of them. */
  inRow?: boolean;
}) {
  const [open, setOpen] = useState(false);
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        {inRow ? (
          <Button size="icon-sm" look="quiet" aria-label={`Run ${jobName(job)} again`} title="Run again">
            <RotateCw aria-hidden />
          </Button>
        ) : (
          <Button size="sm">
            <RotateCw aria-hidden />
            Run again
          </Button>
        )}
      </DialogTrigger>
      <DialogContent
        title={`Run ${jobName(job)} again`}
        description="Filled with what this job was given; into a folder of its own."
      >
        {open && <AgainBody jobId={job.id} onDone={() => setOpen(false)} />}
      </DialogContent>
    </Dialog>
  );
}
