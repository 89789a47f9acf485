'use client';
import { CircleAlert, CircleCheck, CircleDashed, CircleDot, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from '#src/components/class-names.ts';
import { formatBytes, formatClock, formatCount, formatDay, formatDuration } from '#src/components/format.ts';
import { Progress } from '#src/components/ui/progress.tsx';
import { TONE_CLASSES, type Tone } from '#src/components/ui/status.tsx';
import type { WallView } from '#src/server/domain/instruments/wall.service.ts';
import { elapsedWords, type Moment } from '../connection.ts';
import {
  alarmWords,
  latencyWords,
  rateWords,
  stateWords,
  throughput,
  type WallWords,
  wallAgentWords,
} from './wall-words.ts';

const ICONS: Readonly<Record<Tone, typeof CircleDot>> = {
  ok: CircleCheck,
  running: CircleDot,
  queued: CircleDashed,
  warn: TriangleAlert,
  failed: CircleAlert,
  muted: CircleDashed,
};
const MOST_ALARMS = 4;

/** Icon, word and colour, in the size of the letters around it. */
function Word({ words: { tone, text }, className }: { words: WallWords; className?: string }) {
  const Icon = ICONS[tone];
  return (
    <span className={cn('inline-flex items-center gap-[0.35em]', TONE_CLASSES[tone].text, className)}>
      <Icon className="size-[1em] shrink-0" aria-hidden />
      {text}
    </span>
  );
}

function Tile({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section
      aria-label={title}
      className="grid min-w-0 content-start gap-[0.4em] rounded-xl border bg-surface p-[0.8em]"
    >
      <h2 className="text-ink-soft">{title}</h2>
      {children}
    </section>
  );
}

/** One number for across the room, and what belongs to it below. */
function Large({ value, note, tone }: { value: string; note: string; tone?: Tone }) {
  return (
    <div className="min-w-0">
      <div
        className={cn(
          'truncate font-semibold text-[3em] tabular-nums leading-[1.1] tracking-tight',
          tone && TONE_CLASSES[tone].text,
        )}
      >
        {value}
      </div>
      <div className="text-ink-soft">{note}</div>
    </div>
  );
}

function Head({ view, moment }: { view: WallView; moment: Moment }) {
  const { timeZone, name } = view.facility;
  return (
    <header className="flex flex-wrap items-baseline justify-between gap-x-[1em]">
      <h1 className="min-w-0 truncate font-semibold text-[2em] tracking-tight">{view.instrument.name}</h1>
      <p className="flex items-baseline gap-[0.8em] text-ink-soft">
        <span className="max-sm:hidden">{name}</span>
        <time
          dateTime={moment.now.toISOString()}
          suppressHydrationWarning
          className="flex items-baseline gap-[0.6em]"
        >
          <span className="max-sm:hidden">{formatDay(moment.now, timeZone)}</span>
          <span className="font-semibold text-[2em] text-ink tabular-nums">
            {formatClock(moment.now, timeZone)}
          </span>
        </time>
      </p>
    </header>
  );
}

/** How it stands in one word; the experiment by name only where everybody may know it. */
function State({ view, moment }: { view: WallView; moment: Moment }) {
  const { active } = view;
  return (
    <section aria-label="State" className="flex flex-wrap items-center gap-x-[1.2em] gap-y-[0.2em]">
      <Word
        words={stateWords(view, moment)}
        className="font-semibold text-[4em] leading-none tracking-tight"
      />
      {active && (
        <p className="min-w-0">
          {active.named ? (
            <span className="flex min-w-0 flex-wrap items-baseline gap-x-[0.6em] text-[1.5em]">
              <span className="font-mono font-semibold">{active.named.code}</span>
              <span className="min-w-0 truncate">{active.named.title}</span>
            </span>
          ) : (
            <span className="block text-[1.5em]">An experiment is active</span>
          )}
          <span className="text-ink-soft">
            for {elapsedWords(moment.now.getTime() - active.since.getTime())}
          </span>
        </p>
      )}
    </section>
  );
}

function Arriving({ view, moment }: { view: WallView; moment: Moment }) {
  const { arriving } = view;
  return (
    <Tile title="Arriving">
      {arriving.length === 0 ? (
        <Large value="quiet" note="no dataset under way" tone="muted" />
      ) : (
        <ul className="grid gap-[0.7em]">
          {arriving.map(({ id, framesStored, framesExpected }) => (
            <li key={id} className="grid gap-[0.25em]">
              <span className="font-semibold text-[1.5em] tabular-nums">
                {formatCount(framesStored)}
                <span className="font-normal text-ink-soft">
                  {framesExpected === null ? ' frames' : ` of ${formatCount(framesExpected)} frames`}
                </span>
              </span>
              <Progress
                value={framesStored}
                max={framesExpected}
                tone={moment.isServerLost ? 'muted' : 'running'}
                label="Frames stored"
                className="h-[0.5em]"
              />
            </li>
          ))}
        </ul>
      )}
    </Tile>
  );
}

function Numbers({ view, moment }: { view: WallView; moment: Moment }) {
  const { compute, instrument, today } = view;
  const moves = throughput(view.agents, moment);
  const latency = latencyWords(view);
  return (
    <>
      <Tile title="Uplink">
        <Large
          value={rateWords(moves?.uploadedBytesPerS)}
          note={
            moves
              ? `${rateWords(moves.receivedBytesPerS)} in, ${formatBytes(moves.waitingBytes)} waiting`
              : 'no agent is heard'
          }
          {...(moves ? {} : { tone: 'muted' as const })}
        />
      </Tile>
      <Tile title="Instrument to store">
        <Large
          value={latency.text}
          note={`p95 of the last hour, promised ${formatDuration(instrument.promiseMs)}`}
          tone={moment.isServerLost ? 'muted' : latency.tone}
        />
      </Tile>
      <Tile title="Today">
        <Large
          value={formatCount(today.datasets)}
          note={`${today.datasets === 1 ? 'dataset' : 'datasets'}, ${formatCount(today.frames)} frames`}
        />
      </Tile>
      <Tile title="Jobs">
        <Large
          value={formatCount(compute.running)}
          note={`running on ${formatCount(compute.cpus)} ${compute.cpus === 1 ? 'CPU' : 'CPUs'}, ${formatCount(compute.waiting)} waiting`}
          {...(compute.running > 0 && !moment.isServerLost ? { tone: 'running' as const } : {})}
        />
      </Tile>
      <Tile title="Agents">
        <ul className="grid gap-[0.3em] text-[1.2em]">
          {view.agents.map((agent) => (
            <li key={agent.id}>
              <Word words={wallAgentWords(agent, moment)} />
            </li>
          ))}
          {view.agents.length === 0 && <li className="text-ink-soft">none set up</li>}
        </ul>
      </Tile>
    </>
  );
}

function Alarms({ view, moment }: { view: WallView; moment: Moment }) {
  const { alarms } = view;
  if (moment.isServerLost) {
    return (
      <p
        role="alert"
        className="rounded-xl border border-warn/50 bg-surface p-[0.9em] text-[1.3em] text-warn"
      >
        As of {formatClock(moment.answeredAt, view.facility.timeZone)}: no connection to the server. It is
        tried again every few seconds.
      </p>
    );
  }
  if (alarms.length === 0) {
    return (
      <p className="rounded-xl border bg-surface p-[0.9em] text-[1.3em]">
        <Word words={{ tone: 'ok', text: 'No alarms' }} />
      </p>
    );
  }
  const more = alarms.length - MOST_ALARMS;
  return (
    <section aria-label="Alarms" className="rounded-xl border border-warn/50 bg-surface p-[0.9em]">
      <ul aria-live="polite" className="grid gap-[0.4em] text-[1.5em]">
        {alarms.slice(0, MOST_ALARMS).map((alarm) => (
          <li
            key={`${alarm.code} ${alarm.agentName} ${alarm.since?.getTime()}`}
            className="flex flex-wrap items-baseline justify-between gap-x-[0.8em]"
          >
            <Word words={{ tone: alarm.level === 'error' ? 'failed' : 'warn', text: alarmWords(alarm) }} />
            {alarm.since && (
              <span className="text-[0.7em] text-ink-soft tabular-nums">
                {elapsedWords(moment.now.getTime() - alarm.since.getTime())}
              </span>
            )}
          </li>
        ))}
      </ul>
      {more > 0 && <p className="pt-[0.4em] text-ink-soft">and {more} more: look at the cockpit</p>}
    </section>
  );
}

/** The instrument as everybody who walks past may see it, for the last answer of the server. */
export function WallDisplay({ view, moment }: { view: WallView; moment: Moment }) {
  return (
    <div className="grid min-h-dvh grid-cols-1 grid-rows-[auto_auto_1fr_auto] gap-[0.9em] p-[1em]">
      <Head view={view} moment={moment} />
      <State view={view} moment={moment} />
      <div className="grid grid-cols-1 gap-[0.6em] sm:grid-cols-2 lg:auto-rows-fr lg:grid-cols-3">
        <Arriving view={view} moment={moment} />
        <Numbers view={view} moment={moment} />
      </div>
      <Alarms view={view} moment={moment} />
    </div>
  );
}
