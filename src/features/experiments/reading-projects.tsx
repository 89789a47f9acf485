'use client';
import { useMutation } from '@tanstack/react-query';
import { FolderKanban } from 'lucide-react';
import Link from 'next/link';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Badge } from '#src/components/ui/badge.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { ReadingProject } from '#src/server/domain/projects/project.types.ts';

interface OfExperiment {
  experiment: { id: string; code: string };
  /** Whether one may take the links back. */
  mayEnd: boolean;
  refresh: () => void;
}

function Row({ experiment, project, mayEnd, refresh }: OfExperiment & { project: ReadingProject }) {
  const trpc = useTRPC();
  const unlink = useMutation(trpc.projects.unlink.mutationOptions({ onSettled: refresh }));
  const more = project.peopleCount - project.people.length;
  return (
    <li className="grid gap-2 px-3 py-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <FolderKanban className="size-4 shrink-0 text-ink-faint" aria-hidden />
        <div className="min-w-0 flex-1 basis-56">
          <div className="text-sm">
            {project.isMine ? (
              <Link href={`/projects/${project.code}`} className="font-mono font-semibold hover:underline">
                {project.code}
              </Link>
            ) : (
              <span className="font-mono font-semibold">{project.code}</span>
            )}{' '}
            {project.title}
          </div>
          <div className="text-ink-faint text-xs">
            linked by {project.linkedBy} <RelativeTime at={project.linkedAt} />
          </div>
        </div>
        {mayEnd && (
          <ConfirmDialog
            title={`Take ${experiment.code} out of ${project.code}?`}
            action="Take it out"
            onConfirm={async () => {
              await unlink.mutateAsync({ projectId: project.id, experimentId: experiment.id });
              toast.done(`${project.code} no longer reads ${experiment.code}`);
            }}
            trigger={
              <Button size="sm" look="quiet" aria-label={`Take it out of ${project.code}`}>
                Take it out
              </Button>
            }
          >
            From this moment its people see this experiment only if they are in it themselves.
          </ConfirmDialog>
        )}
      </div>
      <ul className="flex flex-wrap gap-1.5" aria-label={`People of ${project.code}`}>
        {project.people.map(({ id, name }) => (
          <li key={id}>
            <Badge>{name}</Badge>
          </li>
        ))}
        {more > 0 && <li className="text-ink-faint text-xs">and {more} more</li>}
      </ul>
    </li>
  );
}

/** Who reads the experiment without being in it: the people of projects, let in by whoever linked it. Nothing where no project does. */
export function ReadingProjects({ projects, ...of }: OfExperiment & { projects: readonly ReadingProject[] }) {
  if (projects.length === 0) return null;
  return (
    <Card>
      <CardHeader title="Read by projects" hint="Everybody in them sees and downloads, and writes nothing" />
      <ul className="divide-y">
        {projects.map((project) => (
          <Row key={project.id} project={project} {...of} />
        ))}
      </ul>
    </Card>
  );
}
