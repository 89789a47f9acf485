'use client';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ClockTime, Deadline } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '#src/components/ui/card.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { ExperimentDetail } from '#src/server/domain/experiments/experiment.types.ts';
import { allows } from '#src/shared/permissions/permission-table.ts';
import { useRefreshExperiment } from './experiment-context.ts';
import { EXPERIMENT_STATE_WORDS } from './experiment-words.ts';

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex flex-wrap justify-between gap-x-4 text-sm">
      <dt className="text-ink-faint">{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const MEANS: Readonly<Record<ExperimentDetail['state'], string>> = {
  preparation: 'Nothing was measured yet. It is Running as soon as it is activated at its instrument.',
  running: 'It is measured. Its planned end stops no data.',
  processing: 'The measurement is over; jobs may be started until its processing window ends.',
  closed: 'No job can be started any more. Reading and downloading stay.',
};

/** Where the experiment stands, its dates, and what staff may do next. */
export function LifeCard({ experiment }: { experiment: ExperimentDetail }) {
  const trpc = useTRPC();
  const refresh = useRefreshExperiment();
  const leads = allows('instrument.activate', experiment.roles);
  const finish = useMutation(trpc.experiments.finish.mutationOptions({ onSettled: refresh }));
  const reopen = useMutation(trpc.experiments.reopen.mutationOptions({ onSettled: refresh }));
  const close = useMutation(trpc.experiments.close.mutationOptions({ onSettled: refresh }));
  const { code, state } = experiment;
  const it = { experimentId: experiment.id };
  return (
    <Card>
      <CardHeader title="Life">
        <Status tone={EXPERIMENT_STATE_WORDS[state].tone}>{EXPERIMENT_STATE_WORDS[state].word}</Status>
      </CardHeader>
      <CardBody className="grid gap-3">
        <p className="text-ink-soft text-sm">{MEANS[state]}</p>
        <dl className="grid gap-1">
          <Fact label="Created">
            <ClockTime at={experiment.createdAt} />
          </Fact>
          {experiment.startedAt && (
            <Fact label="First active">
              <ClockTime at={experiment.startedAt} />
            </Fact>
          )}
          {experiment.finishedAt && (
            <Fact label="Finished">
              <ClockTime at={experiment.finishedAt} />
            </Fact>
          )}
          {experiment.processingUntil && state !== 'closed' && (
            <Fact label="Jobs until">
              <Deadline at={experiment.processingUntil} />
            </Fact>
          )}
          {experiment.externalIds.map(({ kind, value }) => (
            <Fact key={`${kind} ${value}`} label={kind}>
              <span className="font-mono">{value}</span>
            </Fact>
          ))}
        </dl>
        {leads && (
          <div className="flex flex-wrap gap-2">
            {state === 'running' && (
              <ConfirmDialog
                trigger={<Button>Finish</Button>}
                title={`Finish ${code}?`}
                action={`Finish ${code}`}
                onConfirm={async () => {
                  await finish.mutateAsync(it);
                  toast.done(`${code} is finished and now in Processing`);
                }}
              >
                The measurement ends and its processing window begins.
                {experiment.activeSince &&
                  ' Data that arrive afterwards go to the unassigned tray until another experiment is activated.'}
              </ConfirmDialog>
            )}
            {state === 'processing' && (
              <ConfirmDialog
                trigger={<Button>Reopen</Button>}
                title={`Reopen ${code}?`}
                action={`Reopen ${code}`}
                onConfirm={async () => {
                  await reopen.mutateAsync(it);
                  toast.done(`${code} is Running again`);
                }}
              >
                It is Running again, without becoming the active one: activate it in the cockpit when it is to
                measure. Its processing window begins anew when it is finished.
              </ConfirmDialog>
            )}
            {(state === 'processing' || state === 'preparation') && (
              <ConfirmDialog
                trigger={<Button look="danger">Close</Button>}
                title={`Close ${code}?`}
                action={`Close ${code}`}
                onConfirm={async () => {
                  await close.mutateAsync(it);
                  toast.done(`${code} is Closed`);
                }}
              >
                {state === 'processing'
                  ? 'No job can be started in it any more, until its processing window is prolonged. Reading and downloading stay.'
                  : 'It can never be activated afterwards. This cannot be undone.'}
              </ConfirmDialog>
            )}
          </div>
        )}
      </CardBody>
    </Card>
  );
}
