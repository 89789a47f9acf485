'use client';
import { ExternalLink } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { Status } from '#src/components/ui/status.tsx';
import type { JobDetail, JobFile } from '#src/server/domain/jobs/jobs.service.ts';

/** More pictures than this are shown when they are asked for. */
const PICTURES_SHOWN = 12;
const isReport = ({ name }: JobFile) => /\.html?$/i.test(name);

/** Where the server answers with it, confined; another address when it has changed. */
function addressOf(jobId: string, below: string, file: JobFile): string {
  const seen = file.changedAt === null ? 'stored' : String(file.changedAt.getTime());
  return `/api/jobs/${jobId}/result?${new URLSearchParams({ path: below, seen })}`;
}

function Report({ address, label }: { address: string; label: string }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <div className="flex flex-wrap gap-2">
        <Button size="sm" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Close the report' : 'Show the report'}
        </Button>
        <Button asChild size="sm" look="quiet">
          <a href={address} target="_blank" rel="noreferrer">
            <ExternalLink aria-hidden />
            In a tab of its own
          </a>
        </Button>
      </div>
      {open && (
        // Without allow-same-origin: what it runs belongs to nobody, and sees neither the page nor the session.
        <iframe
          src={address}
          title={label}
          sandbox="allow-scripts"
          referrerPolicy="no-referrer"
          className="h-[75vh] w-full rounded-md border bg-white"
        />
      )}
    </>
  );
}

/** The pictures and reports that a job has left, or has written so far. */
export function JobShownFiles({ job }: { job: Pick<JobDetail, 'id' | 'files' | 'outputs' | 'outputPath'> }) {
  const [all, setAll] = useState(false);
  const folder = `${job.outputPath}/`;
  const shown = job.files
    .filter((file) => file.canShow)
    .map((file) => {
      const below = file.path.startsWith(folder) ? file.path.slice(folder.length) : file.path;
      const label = job.outputs.find((output) => output.path === below)?.label ?? below;
      return { file, below, label, address: addressOf(job.id, below, file) };
    });
  if (shown.length === 0) return null;
  const reports = shown.filter(({ file }) => isReport(file));
  const pictures = shown.filter(({ file }) => !isReport(file));
  const head = (label: string, isProvisional: boolean) => (
    <h2 className="flex items-center gap-2 px-1 font-medium text-ink-soft text-xs">
      {label}
      {isProvisional && <Status tone="running">provisional</Status>}
    </h2>
  );
  return (
    <div className="grid gap-4">
      {reports.map(({ file, below, label, address }) => (
        <section key={below} aria-label={label} className="grid gap-2 rounded-md border bg-surface p-2">
          {head(label, file.id === null)}
          <Report address={address} label={label} />
        </section>
      ))}
      <div className="grid gap-4 lg:grid-cols-2">
        {pictures.slice(0, all ? undefined : PICTURES_SHOWN).map(({ file, below, label, address }) => (
          <section
            key={below}
            aria-label={label}
            className="grid min-w-0 gap-1 rounded-md border bg-surface p-2"
          >
            {head(label, file.id === null)}
            {/* biome-ignore lint/performance/noImgElement: behind a sign-in, where no image optimiser gets */}
            <img
              src={address}
              alt={label}
              loading="lazy"
              className="max-h-96 w-full rounded object-contain"
            />
          </section>
        ))}
      </div>
      {!all && pictures.length > PICTURES_SHOWN && (
        <div>
          <Button size="sm" onClick={() => setAll(true)}>
            Show all {pictures.length} pictures
          </Button>
        </div>
      )}
    </div>
  );
}
