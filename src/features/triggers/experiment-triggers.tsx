'use client';
import { useMutation } from '@tanstack/react-query';
import { Card, CardBody, CardHeader } from '#src/components/ui/card.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Field, NativeSelect } from '#src/components/ui/input.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { ExperimentStrategy, ExperimentTrigger } from '#src/server/domain/triggers/triggers.service.ts';
import { FiringsCard } from './firing-list.tsx';
import { OverrideDialog } from './override-dialog.tsx';
import { TriggerSentence } from './strategy-card.tsx';
import { useExperimentStrategy } from './use-strategies.ts';

interface Place {
  experimentId: string;
  refresh: () => void;
}

function StrategyChoice({ view, experimentId, refresh }: Place & { view: ExperimentStrategy }) {
  const trpc = useTRPC();
  const choose = useMutation(
    trpc.triggers.chooseStrategy.mutationOptions({
      onSuccess: () => toast.done('What happens from now on starts jobs by this strategy'),
      onError: (error) => toast.failed(error),
      onSettled: refresh,
    }),
  );
  const usual = view.choices.find(({ isDefault }) => isDefault);
  return (
    <Field
      label="Strategy"
      hint={view.canChange ? 'Counts for what happens from now on.' : 'Managers and staff choose it.'}
    >
      {(props) => (
        <NativeSelect
          {...props}
          disabled={!view.canChange || choose.isPending}
          value={choose.isPending ? (choose.variables.strategyId ?? '') : (view.chosenId ?? '')}
          onChange={({ currentTarget: { value } }) =>
            choose.mutate({ experimentId, strategyId: value === '' ? null : value })
          }
        >
          <option value="">{usual ? `the default, now ${usual.name}` : 'the default (there is none)'}</option>
          {view.choices.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </NativeSelect>
      )}
    </Field>
  );
}

/** How a trigger stands here, and the ways to have it otherwise. */
function TriggerHere({
  trigger,
  canChange,
  experimentId,
  refresh,
}: Place & { trigger: ExperimentTrigger; canChange: boolean }) {
  const trpc = useTRPC();
  const set = useMutation(
    trpc.triggers.override.mutationOptions({ onError: (error) => toast.failed(error), onSettled: refresh }),
  );
  const { override } = trigger;
  const own = Object.keys(override?.parameters ?? {});
  const value = override?.enabled == null ? '' : override.enabled ? 'on' : 'off';
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-1.5 py-2">
      <div className="grid min-w-0 flex-1 basis-56 gap-0.5">
        <span className="wrap-anywhere font-medium text-sm">{trigger.name}</span>
        <TriggerSentence trigger={trigger} />
        {own.length > 0 && <span className="text-accent text-xs">Here otherwise: {own.join(', ')}.</span>}
      </div>
      <span className="flex shrink-0 items-center gap-2">
        {canChange ? (
          <>
            <NativeSelect
              aria-label={`${trigger.name} in this experiment`}
              className="w-auto"
              disabled={set.isPending}
              value={value}
              onChange={({ currentTarget: { value: to } }) =>
                set.mutate({
                  ...{ experimentId, triggerId: trigger.id, parameters: override?.parameters ?? {} },
                  enabled: to === '' ? null : to === 'on',
                })
              }
            >
              <option value="">as at the instrument ({trigger.enabled ? 'on' : 'off'})</option>
              <option value="on">on here</option>
              <option value="off">off here</option>
            </NativeSelect>
            <OverrideDialog trigger={trigger} experimentId={experimentId} refresh={refresh} />
          </>
        ) : (
          <Status tone={trigger.isOn ? 'ok' : 'muted'} className="text-xs">
            {trigger.isOn ? 'on' : 'off'}
          </Status>
        )}
      </span>
    </li>
  );
}

/** What starts by itself in an experiment: its strategy, what it has otherwise, and what fired. */
export function ExperimentTriggers({
  experimentId,
  instrumentId,
}: {
  experimentId: string;
  instrumentId: string | null;
}) {
  const { refresh, ...strategy } = useExperimentStrategy(experimentId, instrumentId);
  const view = strategy.data;
  return (
    <>
      <Card aria-label="Starts by itself">
        <CardHeader title="Starts by itself" />
        <CardBody>
          {strategy.isPending && <SkeletonRows rows={2} />}
          {strategy.isError && !view && (
            <ErrorState error={strategy.error} retry={() => void strategy.refetch()} />
          )}
          {view && (
            <div className="grid gap-2">
              <StrategyChoice view={view} experimentId={experimentId} refresh={refresh} />
              {view.strategy?.description && (
                <p className="wrap-anywhere whitespace-pre-line text-ink-soft text-sm">
                  {view.strategy.description}
                </p>
              )}
              {view.triggers.length === 0 ? (
                <p className="text-ink-faint text-sm">Nothing starts by itself in this experiment.</p>
              ) : (
                <ul className="divide-y" aria-label="Triggers">
                  {view.triggers.map((trigger) => (
                    <TriggerHere
                      key={trigger.id}
                      trigger={trigger}
                      canChange={view.canChange}
                      experimentId={experimentId}
                      refresh={refresh}
                    />
                  ))}
                </ul>
              )}
            </div>
          )}
        </CardBody>
      </Card>
      <FiringsCard of={{ experimentId }} withExperiment={false} />
    </>
  );
}
