'use client';
import { useMutation } from '@tanstack/react-query';
import { FlaskConical, Users } from 'lucide-react';
import Link from 'next/link';
import { useFacilityZone } from '#src/components/facility-zone.tsx';
import { formatDeadlineFrom } from '#src/components/format.ts';
import { useExactTimes } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Card } from '#src/components/ui/card.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { ExperimentPeople } from '#src/features/experiments/index.ts';
import { useTRPC } from '#src/features/shell/index.ts';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
import { Ago } from './ago.tsx';
import { elapsedWords, type Moment } from './connection.ts';
import { LOST_REASON } from './server-lost.tsx';
import { SwitchDialog } from './switch-dialog.tsx';

type Active = NonNullable<CockpitView['active']>;

/** Who is in it; a press opens all of them, to be invited, given another role and taken out without leaving the cockpit. */
function People({
  active: {
    experiment,
    people: { members, total },
  },
  isServerLost,
}: {
  active: Active;
  isServerLost: boolean;
}) {
  const shown = members.slice(0, 4).map((member) => member.name);
  const more = total - shown.length;
  const unnamed = total - members.length;
  const all = members.map((member) => `${member.name} (${member.role})`);
  return (
    <ExperimentPeople
      code={experiment.code}
      trigger={
        <Button
          look="quiet"
          size="sm"
          className="min-w-0 max-w-full shrink justify-start px-1.5 font-normal text-sm"
          disabled={isServerLost}
          title={
            isServerLost ? LOST_REASON : [...all, ...(unnamed > 0 ? [`and ${unnamed} more`] : [])].join('\n')
          }
        >
          <Users className="text-ink-faint" aria-hidden />
          <span className="truncate">
            <span className="sr-only">People: </span>
            {shown.join(', ')}
            {more > 0 && ` and ${more} more`}
          </span>
        </Button>
      }
    />
  );
}

/** "until Fri 20 Nov, 08:00 CET, in 5 h"; data go on arriving after it. */
function PlannedEnd({ at, now }: { at: Date; now: Date }) {
  const zone = useFacilityZone();
  const isOver = at <= now;
  return (
    <time
      dateTime={at.toISOString()}
      className={isOver ? 'text-warn' : 'text-ink-soft'}
      title={
        isOver ? 'Data go on arriving here until staff finish it or activate another experiment.' : undefined
      }
    >
      {isOver ? 'planned end passed: ' : 'until '}
      {formatDeadlineFrom(at, now.getTime(), zone)}
    </time>
  );
}

/** What was active last, and until when. */
function LastActive({ last, now }: { last: NonNullable<CockpitView['last']>; now: Date }) {
  return (
    <p className="flex min-w-0 flex-wrap items-baseline gap-x-2 text-sm">
      <span className="text-ink-faint">last active</span>
      <Link href={`/experiments/${last.code}`} className="font-mono hover:underline">
        {last.code}
      </Link>
      <span className="min-w-0 truncate">{last.title}</span>
      <span className="text-ink-faint">
        PI {last.piName}, until <Ago at={last.endedAt} now={now} />
      </span>
    </p>
  );
}

/** What to say where no experiment of the viewer is active. */
function noneActiveWords(view: CockpitView): { title: string; text: string } {
  if (view.scope === 'whole') {
    return {
      title: 'No experiment is active',
      text:
        view.agents.length === 0
          ? 'There is no agent either, so that no data arrive.'
          : 'Data that arrive now are kept in the unassigned tray.',
    };
  }
  return {
    title: 'None of your experiments is active here',
    text: view.others.isActive
      ? 'An experiment of another group is being measured.'
      : 'The staff of the instrument activate an experiment when its beam time begins.',
  };
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
  const exactly = useExactTimes();
  const held = isServerLost ? { disabled: true, title: LOST_REASON } : {};

  if (!view.active) {
    const none = noneActiveWords(view);
    return (
      <Card aria-label="Active experiment" className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
        <FlaskConical className="size-5 text-ink-faint" aria-hidden />
        <div className="min-w-0 flex-1">
          <p className="font-semibold text-base">{none.title}</p>
          <p className="text-ink-soft text-sm">{none.text}</p>
          {view.last && <LastActive last={view.last} now={now} />}
        </div>
        {leads && <SwitchDialog view={view} refresh={refresh} isServerLost={isServerLost} />}
      </Card>
    );
  }

  const { experiment, since } = view.active;
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
          <People active={view.active} isServerLost={isServerLost} />
          <span className="text-ink-faint" title={exactly(since)}>
            active for {elapsedWords(now.getTime() - since.getTime())}
          </span>
          {experiment.plannedEnd && <PlannedEnd at={experiment.plannedEnd} now={now} />}
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
