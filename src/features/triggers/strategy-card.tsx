'use client';
import { useMutation } from '@tanstack/react-query';
import { Pencil, Plus, Trash2 } from 'lucide-react';
import { Badge } from '#src/components/ui/badge.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useAsked } from '#src/components/use-asked.ts';
import { useTRPC } from '#src/features/shell/index.ts';
import type { StrategyView, TriggerDetail } from '#src/server/domain/triggers/triggers.service.ts';
import { StrategyDialog } from './strategy-dialog.tsx';
import { TriggerDialog } from './trigger-dialog.tsx';
import { conditionWords, eventWords, sourceWords, wayWords } from './trigger-words.ts';

interface Place {
  instrumentId: string;
  refresh: () => void;
}

/** What a trigger says, in words: event, template, conditions, parameters, the way it runs. */
export function TriggerSentence({ trigger }: { trigger: TriggerDetail }) {
  const conditions = conditionWords(trigger.conditions);
  const constants = Object.entries(trigger.parameters).map(([name, value]) => `${name} = ${String(value)}`);
  const taken = Object.entries(trigger.taken).map(([name, source]) => `${name} from ${sourceWords(source)}`);
  const details = [...constants, ...taken, ...wayWords(trigger)];
  return (
    <span className="wrap-anywhere min-w-0 text-ink-soft text-sm">
      {eventWords(trigger)}
      {conditions.length > 0 && <> if {conditions.join(', ')}</>} run{' '}
      <span className="text-ink">{trigger.template.name}</span>
      {details.length > 0 && <span className="block text-ink-faint text-xs">{details.join(' · ')}</span>}
    </span>
  );
}

function OnSwitch({ trigger, refresh }: { trigger: TriggerDetail; refresh: () => void }) {
  const trpc = useTRPC();
  const { shown, ask, takeBack } = useAsked({ value: trigger.enabled, since: trigger.since });
  const set = useMutation(
    trpc.triggers.setEnabled.mutationOptions({
      onError: (error) => {
        takeBack();
        toast.failed(error);
      },
      onSettled: refresh,
    }),
  );
  return (
    <Button
      size="sm"
      role="switch"
      aria-checked={shown.value}
      aria-label={`Trigger ${trigger.name}`}
      onClick={() => {
        ask(!shown.value, new Date());
        set.mutate({ triggerId: trigger.id, enabled: !shown.value });
      }}
    >
      <Status tone={shown.value ? 'ok' : 'muted'} className="text-xs">
        {shown.value ? 'on' : 'off'}
      </Status>
    </Button>
  );
}

function TriggerRow({
  trigger,
  strategy,
  instrumentId,
  refresh,
}: Place & { trigger: TriggerDetail; strategy: StrategyView }) {
  const trpc = useTRPC();
  const remove = useMutation(trpc.triggers.removeTrigger.mutationOptions({ onSettled: refresh }));
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-1 px-3 py-2">
      <div className="grid min-w-0 flex-1 basis-60 gap-0.5">
        <span className="wrap-anywhere font-medium text-sm">{trigger.name}</span>
        <TriggerSentence trigger={trigger} />
      </div>
      <span className="flex shrink-0 items-center gap-1">
        <OnSwitch trigger={trigger} refresh={refresh} />
        <TriggerDialog
          instrumentId={instrumentId}
          strategy={strategy}
          trigger={trigger}
          refresh={refresh}
          opener={
            <Button look="quiet" size="icon-sm" aria-label={`Change ${trigger.name}`}>
              <Pencil aria-hidden />
            </Button>
          }
        />
        <ConfirmDialog
          title={`Remove ${trigger.name}?`}
          action="Remove"
          onConfirm={() => remove.mutateAsync({ triggerId: trigger.id })}
          trigger={
            <Button look="quiet" size="icon-sm" aria-label={`Remove ${trigger.name}`}>
              <Trash2 aria-hidden />
            </Button>
          }
        >
          It fires no more. Jobs that it started go on and stay.
        </ConfirmDialog>
      </span>
    </li>
  );
}

function StrategyActions({ strategy, instrumentId, refresh }: Place & { strategy: StrategyView }) {
  const trpc = useTRPC();
  const remove = useMutation(trpc.triggers.removeStrategy.mutationOptions({ onSettled: refresh }));
  const setDefault = useMutation(
    trpc.triggers.setDefault.mutationOptions({
      onSuccess: () => toast.done(`${strategy.name} is the default now`),
      onError: (error) => toast.failed(error),
      onSettled: refresh,
    }),
  );
  return (
    <>
      {!strategy.isDefault && (
        <Button
          size="sm"
          busy={setDefault.isPending}
          onClick={() => setDefault.mutate({ strategyId: strategy.id })}
        >
          Make default
        </Button>
      )}
      <TriggerDialog
        instrumentId={instrumentId}
        strategy={strategy}
        trigger={null}
        refresh={refresh}
        opener={
          <Button size="sm" aria-label={`Add a trigger to ${strategy.name}`}>
            <Plus aria-hidden /> Trigger
          </Button>
        }
      />
      <StrategyDialog
        instrumentId={instrumentId}
        strategy={strategy}
        refresh={refresh}
        trigger={
          <Button look="quiet" size="icon-sm" aria-label={`Rename ${strategy.name}`}>
            <Pencil aria-hidden />
          </Button>
        }
      />
      {!strategy.isDefault && (
        <ConfirmDialog
          title={`Remove the strategy ${strategy.name}?`}
          action="Remove"
          onConfirm={() => remove.mutateAsync({ strategyId: strategy.id })}
          trigger={
            <Button look="quiet" size="icon-sm" aria-label={`Remove ${strategy.name}`}>
              <Trash2 aria-hidden />
            </Button>
          }
        >
          Its triggers fire no more.{' '}
          {strategy.chosenBy > 0
            ? `The ${strategy.chosenBy} experiments that chose it have the default from now on.`
            : 'No experiment has chosen it.'}
        </ConfirmDialog>
      )}
    </>
  );
}

/** A strategy with its triggers, for staff. */
export function StrategyCard({ strategy, ...place }: Place & { strategy: StrategyView }) {
  return (
    <Card aria-label={`Strategy ${strategy.name}`}>
      <CardHeader
        title={
          <span className="inline-flex flex-wrap items-center gap-2">
            <span className="wrap-anywhere">{strategy.name}</span>
            {strategy.isDefault && <Badge tone="ok">default</Badge>}
          </span>
        }
        hint={strategy.chosenBy > 0 ? `chosen by ${strategy.chosenBy}` : undefined}
      >
        <StrategyActions strategy={strategy} {...place} />
      </CardHeader>
      {strategy.description !== '' && (
        <p className="wrap-anywhere whitespace-pre-line border-b px-3 py-2 text-ink-soft text-sm">
          {strategy.description}
        </p>
      )}
      {strategy.triggers.length === 0 ? (
        <p className="px-3 py-3 text-ink-faint text-sm">
          No trigger yet: with this strategy nothing starts by itself.
        </p>
      ) : (
        <ul className="divide-y" aria-label={`Triggers of ${strategy.name}`}>
          {strategy.triggers.map((trigger) => (
            <TriggerRow key={trigger.id} trigger={trigger} strategy={strategy} {...place} />
          ))}
        </ul>
      )}
    </Card>
  );
}
