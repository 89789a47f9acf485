'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useFacilityZone } from '#src/components/facility-zone.tsx';
import { Card, CardBody, CardHeader } from '#src/components/ui/card.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Field, Input } from '#src/components/ui/input.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { NotificationPreferences } from '#src/server/domain/notifications/notifications.service.ts';
import { FIXED_WAYS, NOTIFICATION_WAYS, type NotificationWay } from '#src/shared/model/notification.ts';
import { clockOf, KIND_WORDS, minuteOf } from './preference-words.ts';

const WAY_LABELS: Readonly<Record<NotificationWay, string>> = { app: 'In the app', email: 'E-mail' };
const USUAL_NIGHT = { fromMinute: 22 * 60, untilMinute: 7 * 60 };

function WaysTable({
  preferences,
  onChange,
}: {
  preferences: NotificationPreferences;
  onChange: (next: NotificationPreferences) => void;
}) {
  const { ways } = preferences;
  return (
    <table className="w-full text-left text-sm">
      <thead>
        <tr className="text-ink-faint text-xs">
          <th scope="col" className="py-1 font-medium">
            What
          </th>
          {NOTIFICATION_WAYS.map((way) => (
            <th key={way} scope="col" className="w-20 py-1 text-center font-medium">
              {WAY_LABELS[way]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="divide-y border-y">
        {KIND_WORDS.map(({ kind, label, means }) => (
          <tr key={kind}>
            <th scope="row" className="py-1.5 pr-2 font-normal">
              <span className="font-medium">{label}</span> <span className="text-ink-soft">{means}</span>
            </th>
            {NOTIFICATION_WAYS.map((way) => (
              <td key={way} className="py-1.5 text-center">
                <input
                  type="checkbox"
                  className="size-4 accent-(--accent) disabled:opacity-50"
                  aria-label={`${label}: ${WAY_LABELS[way]}`}
                  checked={ways[kind][way]}
                  disabled={FIXED_WAYS[kind]?.[way] !== undefined}
                  onChange={({ currentTarget: { checked } }) =>
                    onChange({
                      ...preferences,
                      ways: { ...ways, [kind]: { ...ways[kind], [way]: checked } },
                    })
                  }
                />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function QuietHoursFields({
  preferences,
  onChange,
}: {
  preferences: NotificationPreferences;
  onChange: (next: NotificationPreferences) => void;
}) {
  const zone = useFacilityZone();
  const { quiet } = preferences;
  const set = (side: 'fromMinute' | 'untilMinute', clock: string) => {
    const minute = minuteOf(clock);
    if (quiet === null || minute === null) return;
    const next = { ...quiet, [side]: minute };
    if (next.fromMinute !== next.untilMinute) onChange({ ...preferences, quiet: next });
  };
  return (
    <fieldset className="grid gap-2">
      <label className="flex items-center gap-2 text-sm">
        <input
          type="checkbox"
          className="size-4 accent-(--accent)"
          checked={quiet !== null}
          onChange={({ currentTarget: { checked } }) =>
            onChange({ ...preferences, quiet: checked ? USUAL_NIGHT : null })
          }
        />
        <span>
          <span className="font-medium">Quiet hours</span>{' '}
          <span className="text-ink-soft">without mails about alarms</span>
        </span>
      </label>
      {quiet && (
        <div className="flex flex-wrap gap-3">
          {(['fromMinute', 'untilMinute'] as const).map((side) => (
            <Field key={side} label={side === 'fromMinute' ? 'From' : 'Until'}>
              {(props) => (
                <Input
                  {...props}
                  type="time"
                  required
                  className="w-28"
                  defaultValue={clockOf(quiet[side])}
                  onBlur={(event) => set(side, event.currentTarget.value)}
                />
              )}
            </Field>
          ))}
          <p className="self-end pb-1.5 text-ink-faint text-xs">Clocks of {zone}.</p>
        </div>
      )}
    </fieldset>
  );
}

/** What the person is told beside the page it happens on, and how. Every change counts at once. */
export function NotificationPreferencesCard() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const { queryKey, ...options } = trpc.notifications.preferences.queryOptions();
  const preferences = useQuery({ queryKey, ...options });
  const save = useMutation(
    trpc.notifications.setPreferences.mutationOptions({
      onMutate: (next) => queries.setQueryData(queryKey, next as NotificationPreferences),
      onError: (error) => toast.failed(error),
      onSettled: () => queries.invalidateQueries({ queryKey }),
    }),
  );
  return (
    <Card id="notifications">
      <CardHeader title="Notifications" hint="Changes count at once" />
      {preferences.isPending && <SkeletonRows rows={4} />}
      {preferences.isError && (
        <ErrorState error={preferences.error} retry={() => void preferences.refetch()} />
      )}
      {preferences.data && (
        <CardBody className="grid grid-cols-1 gap-3">
          <WaysTable preferences={preferences.data} onChange={(next) => save.mutate(next)} />
          <QuietHoursFields preferences={preferences.data} onChange={(next) => save.mutate(next)} />
          <p className="text-ink-soft text-xs">
            While you are on call at an instrument, its alarms come by both ways and at any hour.
          </p>
        </CardBody>
      )}
    </Card>
  );
}
