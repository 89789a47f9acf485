'use client';
import Link from 'next/link';
import { cn } from '#src/components/class-names.ts';
import { useFacilityZone } from '#src/components/facility-zone.tsx';
import { formatClock } from '#src/components/format.ts';
import { ClockTime } from '#src/components/relative-time.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { siteDoubt, spanOf, switchedBy } from './activation-words.ts';
import { useActivations } from './use-activations.ts';

const HOUR_MS = 3600 * 1000;
const SHOWN = 6;
const TICK_HOURS = [0, 6, 12, 18, 24];
/** Told apart by their place and their names; the colours of states would say something here that is not meant. */
const SHADES = ['bg-accent', 'bg-accent/50', 'bg-ink-faint', 'bg-ink-faint/50'];

/** Which experiments were active today, as a strip of the day and as a list; the whole history is a page of its own. */
export function TodayTimeline({
  instrument,
  dayStart,
  now,
}: {
  instrument: { id: string; slug: string };
  /** Midnight at the facility. */
  dayStart: Date;
  now: Date;
}) {
  const zone = useFacilityZone();
  const list = useActivations(instrument.id);
  const dayEnd = new Date(dayStart.getTime() + 24 * HOUR_MS);
  const today = list.rows.filter((row) => spanOf(row, dayStart, dayEnd, now) !== null);
  const codes = [...new Set(today.map((row) => row.experiment.code))];
  const shadeOf = (code: string) => SHADES[codes.indexOf(code) % SHADES.length];
  return (
    <Card aria-label="Active today">
      <CardHeader title="Active today">
        <Link
          href={`/instruments/${instrument.slug}/history`}
          className="text-accent text-xs hover:underline"
        >
          history
        </Link>
      </CardHeader>
      <div className="px-3 pt-2" aria-hidden>
        <div className="relative h-3 overflow-hidden rounded-sm bg-sunken">
          {today.map((row) => {
            const { left, width } = spanOf(row, dayStart, dayEnd, now)!;
            return (
              <span
                key={row.id}
                className={cn('absolute inset-y-0 min-w-px', shadeOf(row.experiment.code))}
                style={{ left: `${left}%`, width: `${width}%` }}
                title={`${row.experiment.code}: ${formatClock(row.startedAt, zone)}–${row.endedAt ? formatClock(row.endedAt, zone) : 'now'}`}
              />
            );
          })}
        </div>
        <div className="flex justify-between text-2xs text-ink-faint">
          {/* Hours after midnight, so that the strip is right also where the clocks change. */}
          {TICK_HOURS.map((hour) => (
            <span key={hour}>
              {formatClock(new Date(dayStart.getTime() + hour * HOUR_MS), zone).slice(0, 5)}
            </span>
          ))}
        </div>
      </div>
      {today.length === 0 ? (
        <p className="px-3 pb-2 text-ink-faint text-xs">
          {list.isPending
            ? 'loading…'
            : list.isError
              ? 'The history could not be loaded.'
              : 'No experiment was active today.'}
        </p>
      ) : (
        <ul className="divide-y">
          {today.slice(0, SHOWN).map((row) => (
            <li key={row.id} className="flex flex-wrap items-baseline gap-x-2 px-3 py-1.5 text-xs">
              <span
                aria-hidden
                className={cn('size-2 self-center rounded-full', shadeOf(row.experiment.code))}
              />
              <span className="font-mono">{row.experiment.code}</span>
              <span className="text-ink-soft" title={siteDoubt(row) ?? undefined}>
                {switchedBy(row)}
              </span>
              <span className="ml-auto text-ink-faint">
                <ClockTime at={row.startedAt} /> – {row.endedAt ? <ClockTime at={row.endedAt} /> : 'now'}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
