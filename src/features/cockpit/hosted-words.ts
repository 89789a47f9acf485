import type { Tone } from '#src/components/ui/status.tsx';
import type { CockpitSurroundings } from '#src/server/domain/instruments/surroundings.service.ts';

export type HostedGroup = keyof CockpitSurroundings['experiments'];
type Hosted = CockpitSurroundings['experiments'][HostedGroup]['items'][number];

const DAY_MS = 24 * 3600 * 1000;
/** From so many days before its end on the processing window is worth a colour. */
const SOON_DAYS = 14;

export const GROUP_WORDS: Readonly<Record<HostedGroup, { title: string; state: Hosted['state'] }>> = {
  upcoming: { title: 'Next', state: 'preparation' },
  running: { title: 'Running, not active', state: 'running' },
  processing: { title: 'In Processing', state: 'processing' },
};

export interface DateWords {
  word: string;
  /** The date the word speaks of; null where there is none. */
  at: Date | null;
  tone: Extract<Tone, 'muted' | 'warn'>;
}

/** What the date that matters of an experiment says at this moment. */
export function dateWords(group: HostedGroup, row: Hosted, now: Date): DateWords {
  const quiet = { tone: 'muted' } as const;
  const loud = { tone: 'warn' } as const;
  if (group === 'upcoming') {
    const at = row.plannedStart;
    if (at === null) return { word: 'no date yet', at, ...quiet };
    return at < now ? { word: 'was planned for', at, ...loud } : { word: 'planned for', at, ...quiet };
  }
  if (group === 'running') {
    const at = row.plannedEnd;
    if (at === null) return { word: 'no planned end', at, ...quiet };
    return at < now ? { word: 'planned end passed', at, ...loud } : { word: 'until', at, ...quiet };
  }
  const at = row.processingUntil;
  if (at === null) return { word: 'analysis without an end', at, ...quiet };
  if (at <= now) return { word: 'analysis ended', at, ...quiet };
  const isSoon = at.getTime() - now.getTime() <= SOON_DAYS * DAY_MS;
  return { word: 'analysis until', at, ...(isSoon ? loud : quiet) };
}
