import type { DatasetState, SeriesEnding } from './states.ts';

/** What is known of the frames of a dataset; ranges are [first, last], both inclusive, 0-based image ids. */
export interface FrameFacts {
  state: DatasetState;
  ending?: SeriesEnding | null;
  framesExpected: number | null;
  framesReceived?: number | null;
  /** Frames whose file is in the store with checked bytes, and which have every channel. */
  framesStored: number;
  missing?: readonly (readonly [number, number])[];
  lost?: readonly (readonly [number, number])[];
  /** Files that its master names and that never came, or cannot be read. */
  absentFiles?: readonly string[];
  /** Frames that came without one of several channels. */
  channelGaps?: readonly { channel: string; frames: readonly (readonly [number, number])[] }[];
}

export interface FrameWords {
  /** Short, for rows: "1440/1800", or "253 frames" when no number was announced. */
  badge: string;
  /** The whole truth in one line: "1800 of 1800, all verified". */
  sentence: string;
  tone: 'ok' | 'running' | 'warn' | 'failed' | 'muted';
  /** 0–1 of what was announced; null when nothing was. */
  fraction: number | null;
}

/** Grouped by narrow spaces from five digits on; four stay together, as people write 1800. */
const number = (n: number) => (n < 10_000 ? String(n) : n.toLocaleString('en-US').replaceAll(',', '\u202f'));

/** "12–15, 40": image numbers as people count them, from 1. At most `most` ranges, then how many more. */
export function rangeWords(ranges: readonly (readonly [number, number])[], most = 3): string {
  const shown = ranges
    .slice(0, most)
    .map(([first, last]) => (first === last ? `${first + 1}` : `${first + 1}–${last + 1}`));
  const more = ranges.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more ${more === 1 ? 'range' : 'ranges'}` : '');
}

export function rangeLength(ranges: readonly (readonly [number, number])[]): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

const ENDING_WORDS: Readonly<Record<SeriesEnding, string>> = {
  'end-message': 'by the detector',
  timeout: 'no end message came',
  superseded: 'another series began',
  'agent-restart': 'the agent was restarted',
  'agent-shutdown': 'the agent was shut down',
};

/** How a series ended when that is not the ordinary way; null for the ordinary one. */
export function endingWords(ending: SeriesEnding | null | undefined): string | null {
  return ending && ending !== 'end-message' ? ENDING_WORDS[ending] : null;
}

function gaps(facts: FrameFacts): string[] {
  const words: string[] = [];
  if (facts.missing?.length) words.push(`never received: ${rangeWords(facts.missing)}`);
  if (facts.lost?.length) words.push(`lost at the agent: ${rangeWords(facts.lost)}`);
  for (const { channel, frames } of facts.channelGaps ?? []) {
    words.push(`without ${channel}: ${rangeWords(frames)}`);
  }
  if (facts.absentFiles?.length) words.push(`without ${absentWords(facts.absentFiles)}`);
  return words;
}

/** Whether something of it will not come, as far as is known: it does not only wait to be stored. */
export const hasGaps = (facts: FrameFacts): boolean => gaps(facts).length > 0;

/** "run_1_data_000003.h5 and 2 more files". */
function absentWords(files: readonly string[]): string {
  const more = files.length - 1;
  return files[0]! + (more > 0 ? ` and ${more} more ${more === 1 ? 'file' : 'files'}` : '');
}

export function frameWords(facts: FrameFacts): FrameWords {
  const { framesExpected: expected, framesStored: stored } = facts;
  const alone = `${number(stored)} ${stored === 1 ? 'frame' : 'frames'}`;
  const badge = expected === null ? alone : `${number(stored)}/${number(expected)}`;
  const fraction = expected === null ? null : Math.min(1, stored / Math.max(1, expected));
  const ofAll = expected === null ? alone : `${number(stored)} of ${number(expected)} frames`;
  switch (facts.state) {
    case 'receiving':
      return { badge, sentence: `${ofAll} stored, more to come`, tone: 'running', fraction };
    case 'complete':
      return { badge, sentence: `${ofAll}, all verified`, tone: 'ok', fraction };
    case 'open-ended':
      return {
        badge,
        sentence: `${alone}, all verified; no number was announced, so more may have been meant`,
        // Whether all of it is here cannot be told.
        tone: 'muted',
        fraction: null,
      };
    case 'stopped': {
      const why = endingWords(facts.ending);
      const at = expected === null ? alone : `${number(stored)} of ${number(expected)}`;
      return {
        badge,
        sentence: `stopped at ${at}${why ? ` (${why})` : ''}, none missing before`,
        tone: 'warn',
        fraction,
      };
    }
    case 'incomplete': {
      const known = gaps(facts);
      const received = facts.framesReceived ?? null;
      const waiting = received !== null && received > stored ? received - stored : 0;
      if (known.length === 0 && waiting > 0) known.push(`${number(waiting)} received but not stored yet`);
      return {
        badge,
        sentence: known.length > 0 ? `${ofAll}; ${known.join('; ')}` : `${ofAll}, some missing`,
        tone: 'failed',
        fraction,
      };
    }
  }
}
