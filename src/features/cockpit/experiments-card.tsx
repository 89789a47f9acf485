'use client';
import Link from 'next/link';
import { useFacilityZone } from '#src/components/facility-zone.tsx';
import { exactTimes, formatDeadlineFrom } from '#src/components/format.ts';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { TONE_CLASSES } from '#src/components/ui/status.tsx';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
import type { CockpitSurroundings } from '#src/server/domain/instruments/surroundings.service.ts';
import type { Moment } from './connection.ts';
import { type DateWords, dateWords, GROUP_WORDS, type HostedGroup } from './hosted-words.ts';

const GROUPS = Object.keys(GROUP_WORDS) as HostedGroup[];

/** "analysis until Fri 20 Nov, 08:00 CET, in 5 h", as of the moment of the page. */
function DateLine({ words, now }: { words: DateWords; now: Date }) {
  const zone = useFacilityZone();
  const viewerZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <span className={`text-xs ${words.tone === 'warn' ? TONE_CLASSES.warn.text : 'text-ink-faint'}`}>
      {words.word}
      {words.at && (
        <time dateTime={words.at.toISOString()} title={exactTimes(words.at, zone, viewerZone)}>
          {` ${formatDeadlineFrom(words.at, now.getTime(), zone)}`}
        </time>
      )}
    </span>
  );
}

function Group({
  group,
  hosted: { items, total },
  slug,
  now,
}: {
  group: HostedGroup;
  hosted: CockpitSurroundings['experiments'][HostedGroup];
  slug: string;
  now: Date;
}) {
  if (total === 0) return null;
  const { title, state } = GROUP_WORDS[group];
  const more = total - items.length;
  return (
    <section aria-label={title}>
      <h3 className="flex items-baseline gap-2 px-3 pt-2 font-medium text-ink-soft text-xs">
        {title}
        {more > 0 && (
          <Link
            href={`/experiments?instrument=${encodeURIComponent(slug)}&state=${state}`}
            className="ml-auto font-normal text-accent hover:underline"
          >
            all {total}
          </Link>
        )}
      </h3>
      <ul className="pb-1">
        {items.map((row) => (
          <li key={row.id} className="px-3 py-1 hover:bg-hover">
            <div className="flex min-w-0 items-baseline gap-2">
              <Link
                href={`/experiments/${row.code}`}
                className="shrink-0 font-mono text-sm hover:underline"
                title={`PI ${row.piName}`}
              >
                {row.code}
              </Link>
              <span className="min-w-0 truncate text-ink-soft text-sm" title={row.title}>
                {row.title}
              </span>
            </div>
            <DateLine words={dateWords(group, row, now)} now={now} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What is planned at the instrument, what runs without being active, and what is still being analysed, with until when. */
export function ExperimentsCard({
  view,
  surroundings,
  moment,
}: {
  view: CockpitView;
  surroundings: CockpitSurroundings | null;
  moment: Moment;
}) {
  const { slug } = view.instrument;
  const isWhole = view.scope === 'whole';
  const isEmpty = surroundings && GROUPS.every((group) => surroundings.experiments[group].total === 0);
  return (
    <Card aria-label="Experiments">
      <CardHeader title={isWhole ? 'Experiments here' : 'Your experiments here'}>
        <Link
          href={`/experiments?instrument=${encodeURIComponent(slug)}`}
          className="text-accent text-xs hover:underline"
        >
          all
        </Link>
      </CardHeader>
      {!surroundings && <SkeletonRows rows={2} />}
      {isEmpty && (
        <p className="px-3 py-3 text-ink-faint text-sm">
          {isWhole ? 'None is planned, none in Processing.' : 'None of yours is planned, none in Processing.'}
        </p>
      )}
      {surroundings && !isEmpty && (
        <div className="divide-y">
          {GROUPS.map((group) => (
            <Group
              key={group}
              group={group}
              hosted={surroundings.experiments[group]}
              slug={slug}
              now={moment.now}
            />
          ))}
        </div>
      )}
    </Card>
  );
}
