'use client';
import { RotateCw } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { Dialog, DialogContent, DialogTrigger } from '#src/components/ui/dialog.tsx';
import type { JobDetail } from '#src/server/domain/jobs/jobs.service.ts';
import { jobName } from './job-words.ts';
import { LaunchForm } from './launch-form.tsx';

/** Runs the template of a job again, filled with what the job was given; says before the button what it costs whom. */
export function RunAgain({ job, newest }: { job: JobDetail; newest: NonNullable<JobDetail['newest']> }) {
  const [open, setOpen] = useState(false);
  const isNewer = newest.version !== job.templateVersion;
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button size="sm">
          <RotateCw aria-hidden />
          Run again
        </Button>
      </DialogTrigger>
      <DialogContent
        title={`Run ${jobName(job)} again`}
        description={
          isNewer
            ? `By version ${newest.version} of the template, where this job ran by version ${job.templateVersion}; into a folder of its own.`
            : 'Filled with what this job was given; into a folder of its own.'
        }
      >
        <LaunchForm
          launch={{
            experiment: { id: job.experimentId, code: job.experimentCode },
            template: { slug: job.templateSlug, name: job.templateName, parameters: newest.parameters },
            datasetId: job.datasetId,
            values: job.parameters,
          }}
          mayProlong={job.canAskProlongation}
          action="Run again"
          onDone={() => setOpen(false)}
        />
      </DialogContent>
    </Dialog>
  );
}
