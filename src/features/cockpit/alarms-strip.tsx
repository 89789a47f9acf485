'use client';
import { CircleAlert, CircleCheck, TriangleAlert } from 'lucide-react';
import Link from 'next/link';
import { useState } from 'react';
import { cn } from '#src/components/class-names.ts';
import { Button } from '#src/components/ui/button.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { AlarmCare, EndedAlarms, OnCallLine, useAlarms } from '#src/features/alarms/index.ts';
import type { AlarmsView, AlarmView } from '#src/server/domain/alarms/alarms.service.ts';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
import { alarmKey } from '#src/shared/model/alarm-life.ts';
import type { Alarm, AlarmCode } from '#src/shared/model/alarms.ts';
import { Ago } from './ago.tsx';
import type { Moment } from './connection.ts';

const LEVELS = {
  error: { tone: 'failed', icon: CircleAlert, word: 'alarm' },
  warn: { tone: 'warn', icon: TriangleAlert, word: 'warning' },
} as const;

/** Ids of the cards of the cockpit where an alarm is mended. */
export const ARRIVING_ID = 'arriving';
export const UPLINK_ID = 'uplink';
export const FOLDERS_ID = 'folders';
export const AGENTS_ID = 'agents';
export const ALLOWANCE_ID = 'allowance';

const SHOWN_FOLDED = 5;

type Place =
  | 'agents-page'
  | 'experiment'
  | typeof ARRIVING_ID
  | typeof UPLINK_ID
  | typeof FOLDERS_ID
  | typeof AGENTS_ID
  | typeof ALLOWANCE_ID
  | null;

const PLACES: Readonly<Record<AlarmCode, Place>> = {
  'agent-silent': AGENTS_ID,
  'licence-missing': 'agents-page',
  'licence-expires': 'agents-page',
  'licence-expired': 'agents-page',
  'licence-revoked': 'agents-page',
  // The switch stands right above the alarms.
  'uploads-not-on': null,
  'experiment-upload-off': 'experiment',
  'detector-silent': AGENTS_ID,
  'detector-unheard': AGENTS_ID,
  'detector-error': AGENTS_ID,
  'dataset-incomplete': ARRIVING_ID,
  'promise-broken': UPLINK_ID,
  'uploads-stuck': UPLINK_ID,
  'disk-low': UPLINK_ID,
  'buffer-short': UPLINK_ID,
  'clock-off': UPLINK_ID,
  'poisoned-files': FOLDERS_ID,
  'folder-not-watched': FOLDERS_ID,
  'storage-fills': ALLOWANCE_ID,
};

/** Where an alarm is mended, with the words of the link; null where it is mended elsewhere or beside it. */
export function placeOf(
  { code }: Pick<Alarm, 'code'>,
  view: { instrument: { slug: string }; active: { experiment: { code: string } } | null },
): { href: string; label: string } | null {
  switch (PLACES[code]) {
    case 'agents-page':
      return { href: `/instruments/${view.instrument.slug}/agents`, label: 'agents' };
    case 'experiment':
      return view.active && { href: `/experiments/${view.active.experiment.code}`, label: 'experiment' };
    case ARRIVING_ID:
      return { href: `#${ARRIVING_ID}`, label: 'datasets' };
    case UPLINK_ID:
      return { href: `#${UPLINK_ID}`, label: 'uplink' };
    case FOLDERS_ID:
      return { href: `#${FOLDERS_ID}`, label: 'folders and files' };
    case AGENTS_ID:
      return { href: `#${AGENTS_ID}`, label: 'detectors and agents' };
    case ALLOWANCE_ID:
      return { href: `#${ALLOWANCE_ID}`, label: 'storage' };
    case null:
      return null;
  }
}

function AlarmRow({
  alarm,
  kept,
  view,
  kindOfCare,
  moment,
}: {
  alarm: Alarm;
  /** Null in the seconds until it is kept. */
  kept: AlarmView | null;
  view: CockpitView;
  kindOfCare: Pick<AlarmsView, 'escalateAfterMinutes'> | null;
  moment: Moment;
}) {
  const level = LEVELS[alarm.level];
  const place = placeOf(alarm, view);
  return (
    <li className="grid grid-cols-[5rem_minmax(0,1fr)] items-start gap-x-2 px-4 py-2 text-sm">
      <Status tone={level.tone} icon={level.icon}>
        {level.word}
      </Status>
      <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
        <div className="flex min-w-0 basis-full flex-wrap items-baseline gap-x-3">
          <span className="wrap-anywhere min-w-0 font-medium">{alarm.sentence}</span>
          {alarm.since && (
            <span className="ml-auto whitespace-nowrap text-ink-faint text-xs">
              <Ago at={alarm.since} now={moment.now} />
            </span>
          )}
        </div>
        <span className="wrap-anywhere min-w-0 text-ink-soft">{alarm.todo}</span>
        {place && (
          <Link href={place.href} className="text-accent hover:underline">
            {place.label}
          </Link>
        )}
        {kept && kindOfCare && (
          <AlarmCare
            alarm={kept}
            sentence={alarm.sentence}
            escalateAfterMinutes={kindOfCare.escalateAfterMinutes}
            now={moment.now}
          />
        )}
      </div>
    </li>
  );
}

/** Who is on call, whether there is anything, and what was over today. */
function StripFoot({ view, kept, hasAlarms }: { view: CockpitView; kept: AlarmsView; hasAlarms: boolean }) {
  const [open, setOpen] = useState(false);
  const { ended } = kept;
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2">
        {!hasAlarms && (
          <Status tone="ok" icon={CircleCheck}>
            no alarms
          </Status>
        )}
        <OnCallLine onCall={kept.onCall} slug={view.instrument.slug} />
        {ended.length > 0 && (
          <Button
            look="quiet"
            size="sm"
            className="ml-auto"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            {open ? 'Hide those that are over' : `${ended.length} over today`}
          </Button>
        )}
      </div>
      {open && ended.length > 0 && (
        <div className="border-t">
          <EndedAlarms alarms={ended} />
        </div>
      )}
    </>
  );
}

/**
 * What staff should look at now: the worst first, what somebody takes care of last, each with what to do and who takes care of it; and who is on call.
 * Members have none.
 */
export function AlarmsStrip({ view, moment }: { view: CockpitView; moment: Moment }) {
  const [open, setOpen] = useState(false);
  const kept = useAlarms(view.scope === 'whole' ? view.instrument.id : null).data ?? null;
  const byKey = new Map(kept?.standing.map((row) => [row.key, row]));
  const keptOf = (alarm: Alarm) => byKey.get(alarmKey(alarm)) ?? null;
  const isCaredFor = (alarm: Alarm) => keptOf(alarm)?.acknowledged != null;
  const alarms = view.alarms.toSorted((a, b) => Number(isCaredFor(a)) - Number(isCaredFor(b)));
  if (alarms.length === 0 && kept === null) return null;
  const shown = open ? alarms : alarms.slice(0, SHOWN_FOLDED);
  const isQuiet = alarms.every(isCaredFor);
  return (
    <section
      aria-label="Alarms"
      className={cn('divide-y rounded-lg border bg-surface', !isQuiet && 'border-warn/35')}
    >
      {alarms.length > 0 && (
        <ul aria-live="polite" className="divide-y">
          {shown.map((alarm) => (
            <AlarmRow
              key={alarmKey(alarm)}
              alarm={alarm}
              kept={keptOf(alarm)}
              view={view}
              kindOfCare={kept}
              moment={moment}
            />
          ))}
        </ul>
      )}
      {alarms.length > SHOWN_FOLDED && (
        <Button
          look="quiet"
          size="sm"
          className="w-full rounded-none"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {open ? 'Fewer' : `${alarms.length - SHOWN_FOLDED} more`}
        </Button>
      )}
      {kept && <StripFoot view={view} kept={kept} hasAlarms={alarms.length > 0} />}
    </section>
  );
}
