'use client';
import { useMutation } from '@tanstack/react-query';
import { FlaskConical, Users } from 'lucide-react';
import Link from 'next/link';
import { Button } from '#src/components/ui/button.tsx';
import { Card } from '#src/components/ui/card.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
import { elapsedWords, type Moment } from './connection.ts';
import { LOST_REASON } from './server-lost.tsx';
import { SwitchDialog } from './switch-dialog.tsx';

type Active = NonNullable<CockpitView['active']>;

function People({ members }: { members: Active['members'] }) {
  const shown = members.slice(0, 4).map((member) => member.name);
  const more = members.length - shown.length;
  return (
    <span
      className="flex min-w-0 items-center gap-1.5 text-ink-soft text-sm"
      title={members.map((member) => `${member.name} (${member.role})`).join('\n')}
    >
      <Users className="size-4 shrink-0 text-ink-faint" aria-hidden />
      <span className="truncate">
        {shown.join(', ')}
        {more > 0 && ` and ${more} more`}
      </span>
    </span>
  );
}

/** Whose data arrive now; large, because a mistake here puts data into the wrong hands. */
export function ActiveExperiment({
  view,
  moment: { now, isServerLost },
  refresh,
}: {
  view: CockpitView;
  moment: Moment;
  refresh: () => void;
}) {
  const trpc = useTRPC();
  const finish = useMutation(trpc.experiments.finish.mutationOptions({ onSettled: refresh }));
  const deactivate = useMutation(trpc.experiments.deactivate.mutationOptions({ onSettled: refresh }));
  const leads = view.scope === 'whole';
  const held = isServerLost ? { disabled: true, title: LOST_REASON } : {};

  if (!view.active) {
    return (
      <Card aria-label="Active experiment" className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
        <FlaskConical className="size-5 text-ink-faint" aria-hidden />
        <div className="min-w-0 flex-1">
          <p className="font-semibold text-base">
            {leads ? 'No experiment is active' : 'None of your experiments is active here'}
          </p>
          <p className="text-ink-soft text-sm">
            {leads
              ? 'Data that arrive now are kept in the unassigned tray.'
              : 'The staff of the instrument activate an experiment when its beam time begins.'}
          </p>
        </div>
        {leads && <SwitchDialog view={view} refresh={refresh} isServerLost={isServerLost} />}
      </Card>
    );
  }

  const { experiment, members, since } = view.active;
  const named = `${experiment.code} “${experiment.title}”`;
  return (
    <Card aria-label="Active experiment" className="flex flex-wrap items-center gap-x-5 gap-y-2 px-4 py-3">
      <Status tone={isServerLost ? 'muted' : 'running'} className="text-2xs uppercase tracking-wider">
        Active
      </Status>
      <div className="min-w-0 flex-1 basis-72">
        <Link
          href={`/experiments/${experiment.code}`}
          className="group flex flex-wrap items-baseline gap-x-3"
        >
          <span className="font-mono font-semibold text-xl tracking-tight group-hover:underline">
            {experiment.code}
          </span>
          <span className="truncate text-lg">{experiment.title}</span>
        </Link>
        <div className="flex flex-wrap items-center gap-x-4 gap-y-0.5 text-sm">
          <span className="text-ink-soft">PI {experiment.piName}</span>
          <People members={members} />
          <span className="text-ink-faint" title={since.toISOString()}>
            active for {elapsedWords(now.getTime() - since.getTime())}
          </span>
        </div>
      </div>
      {leads && (
        <div className="flex gap-2">
          <SwitchDialog view={view} refresh={refresh} isServerLost={isServerLost} />
          <ConfirmDialog
            trigger={
              <Button look="plain" {...held}>
                Deactivate
              </Button>
            }
            title={`Deactivate ${experiment.code}?`}
            action={`Deactivate ${experiment.code}`}
            onConfirm={async () => {
              await deactivate.mutateAsync({
                instrumentId: view.instrument.id,
                expectedActiveId: experiment.id,
              });
              toast.done(`${experiment.code} is no longer active`);
            }}
          >
            {named} stays Running, but data that arrive afterwards go to the unassigned tray until an
            experiment is activated.
          </ConfirmDialog>
          <ConfirmDialog
            trigger={
              <Button look="plain" {...held}>
                Finish
              </Button>
            }
            title={`Finish ${experiment.code}?`}
            action={`Finish ${experiment.code}`}
            onConfirm={async () => {
              await finish.mutateAsync({ experimentId: experiment.id });
              toast.done(`${experiment.code} is finished and now in Processing`);
            }}
          >
            The measurement of {named} ends and it becomes Processing. Data that arrive afterwards go to the
            unassigned tray until another experiment is activated. It can be activated again later.
          </ConfirmDialog>
        </div>
      )}
    </Card>
  );
}
