'use client';
import { CircleAlert, TriangleAlert } from 'lucide-react';
import Link from 'next/link';
import { useState } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { Status } from '#src/components/ui/status.tsx';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
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

const SHOWN_FOLDED = 5;

type Place =
  | 'agents-page'
  | 'experiment'
  | typeof ARRIVING_ID
  | typeof UPLINK_ID
  | typeof FOLDERS_ID
  | typeof AGENTS_ID
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
    case null:
      return null;
  }
}

/** What somebody should look at now: the worst first, each with what to do. Not there while there is nothing. */
export function AlarmsStrip({ view, moment }: { view: CockpitView; moment: Moment }) {
  const [open, setOpen] = useState(false);
  const { alarms } = view;
  if (alarms.length === 0) return null;
  const shown = open ? alarms : alarms.slice(0, SHOWN_FOLDED);
  return (
    <section aria-label="Alarms" className="rounded-lg border border-warn/35 bg-surface">
      <ul aria-live="polite" className="divide-y">
        {shown.map((alarm) => {
          const level = LEVELS[alarm.level];
          const place = placeOf(alarm, view);
          return (
            <li
              key={`${alarm.code} ${alarm.agentId} ${alarm.source}`}
              className="grid grid-cols-[5rem_minmax(0,1fr)] items-start gap-x-2 px-4 py-2 text-sm"
            >
              <Status tone={level.tone} icon={level.icon}>
                {level.word}
              </Status>
              <div className="flex min-w-0 flex-wrap items-baseline gap-x-3">
                <span className="wrap-anywhere min-w-0 font-medium">{alarm.sentence}</span>
                <span className="wrap-anywhere min-w-0 text-ink-soft">{alarm.todo}</span>
                {place && (
                  <Link href={place.href} className="text-accent hover:underline">
                    {place.label}
                  </Link>
                )}
                {alarm.since && (
                  <span className="ml-auto whitespace-nowrap text-ink-faint text-xs">
                    <Ago at={alarm.since} now={moment.now} />
                  </span>
                )}
              </div>
            </li>
          );
        })}
      </ul>
      {alarms.length > SHOWN_FOLDED && (
        <Button
          look="quiet"
          size="sm"
          className="w-full rounded-t-none border-t"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {open ? 'Fewer' : `${alarms.length - SHOWN_FOLDED} more`}
        </Button>
      )}
    </section>
  );
}
