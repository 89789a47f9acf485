'use client';
import Link from 'next/link';
import { cn } from '#src/components/class-names.ts';
import { useFacilityZone } from '#src/components/facility-zone.tsx';
import { formatClock } from '#src/components/format.ts';
import { ClockTime } from '#src/components/relative-time.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { siteDoubt, spanOf, switchedBy } from './activation-words.ts';
import { useActivations } from './use-activations.ts';

const SHOWN = 6;
/** Of the day, which has 23 or 25 hours where the clocks change. */
const TICK_SHARES = [0, 0.25, 0.5, 0.75, 1];
/** Told apart by their place and their names; the colours of states would say something here that is not meant. */
const SHADES = ['bg-accent', 'bg-accent/50', 'bg-ink-faint', 'bg-ink-faint/50'];

/** Which experiments were active today, as a strip of the day and as a list; the whole history is a page of its own. */
export function TodayTimeline({
  instrument,
  day,
  now,
}: {
  instrument: { id: string; slug: string };
  /** From midnight to midnight at the facility. */
  day: { since: Date; until: Date };
  now: Date;
}) {
  const zone = useFacilityZone();
  const list = useActivations(instrument.id);
  const { since, until } = day;
  const dayMs = until.getTime() - since.getTime();
  const today = list.rows.filter((row) => spanOf(row, since, until, now) !== null);
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
            const { left, width } = spanOf(row, since, until, now)!;
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
          {TICK_SHARES.map((share) => (
            <span key={share}>
              {formatClock(new Date(since.getTime() + share * dayMs), zone).slice(0, 5)}
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
