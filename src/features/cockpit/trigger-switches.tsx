'use client';
import { useMutation } from '@tanstack/react-query';
import { useFacilityZone } from '#src/components/facility-zone.tsx';
import { formatRelative } from '#src/components/format.ts';
import { Button } from '#src/components/ui/button.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useAsked } from '#src/components/use-asked.ts';
import { useTRPC } from '#src/features/shell/index.ts';
import { eventClause } from '#src/features/triggers/index.ts';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
import type { Moment } from './connection.ts';
import { LOST_REASON } from './server-lost.tsx';

type Trigger = CockpitView['triggers'][number];

const toneOf = (enabled: boolean, { isServerLost }: Moment) =>
  isServerLost ? 'muted' : enabled ? 'ok' : 'warn';

/** One trigger and its switch; what is pressed shows at once, and goes back when the server refuses. */
function TriggerSwitch({
  trigger,
  moment,
  refresh,
}: {
  trigger: Trigger;
  moment: Moment;
  refresh: () => void;
}) {
  const trpc = useTRPC();
  const zone = useFacilityZone();
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
  const setHere = trigger.setByExperiment;
  const isOn = setHere ?? shown.value;
  const since = `${isOn ? 'on' : 'off'} since ${formatRelative(shown.since, moment.now.getTime(), zone)}`;
  const title =
    setHere === null
      ? `Runs ${trigger.template.name} ${eventClause(trigger.event)}; ${since}${trigger.switchedByName ? ` by ${trigger.switchedByName}` : ''}.`
      : `Switched ${setHere ? 'on' : 'off'} for the active experiment by its Managers, in its settings.`;
  return (
    <Button
      size="sm"
      role="switch"
      aria-checked={isOn}
      aria-label={`Trigger ${trigger.name}`}
      disabled={moment.isServerLost || setHere !== null}
      title={moment.isServerLost ? LOST_REASON : title}
      onClick={() => {
        ask(!isOn, moment.now);
        set.mutate({ triggerId: trigger.id, enabled: !isOn });
      }}
    >
      {trigger.name}
      <Status tone={toneOf(isOn, moment)} className="text-xs">
        {isOn ? 'on' : 'off'}
      </Status>
    </Button>
  );
}

/** What the instrument starts by itself: switches for staff, for members how they stand. */
export function TriggerSwitches({
  view,
  moment,
  refresh,
}: {
  view: CockpitView;
  moment: Moment;
  refresh: () => void;
}) {
  const { triggers } = view;
  return (
    <section
      aria-label="Triggers"
      className="flex flex-wrap items-center gap-x-3 gap-y-1.5 border-b px-3 py-1.5"
    >
      <h3 className="text-ink-faint text-xs">automatic</h3>
      {triggers.length === 0 && <span className="text-ink-faint text-xs">no trigger is set up</span>}
      {triggers.map((trigger) =>
        view.scope === 'whole' ? (
          <TriggerSwitch key={trigger.id} trigger={trigger} moment={moment} refresh={refresh} />
        ) : (
          <span key={trigger.id} className="inline-flex items-center gap-1.5 text-xs">
            {trigger.name}
            <Status tone={toneOf(trigger.setByExperiment ?? trigger.enabled, moment)} className="text-xs">
              {(trigger.setByExperiment ?? trigger.enabled) ? 'on' : 'off'}
            </Status>
          </span>
        ),
      )}
    </section>
  );
}
