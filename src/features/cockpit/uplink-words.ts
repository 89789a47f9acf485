import { formatDuration, formatRate } from '#src/components/format.ts';
import type { Tone } from '#src/components/ui/status.tsx';
import type { HeartbeatRequest } from '#src/shared/contracts/agent-api.ts';
import type { HeldData } from '#src/shared/contracts/agent-control.ts';
import type { UploadMode } from '#src/shared/model/states.ts';

/** Rates below this are noise: what a heartbeat's own files make. Bytes per second. */
const STILL_BYTES_PER_S = 1000;

/** What came in within this time is on its way, not behind: files are sent while they grow. */
const KEEPS_UP_MS = 5000;

export interface Words {
  tone: Tone;
  text: string;
}

/**
 * What becomes of the queue at the rates of the last heartbeat: when it is empty, or how fast it grows. Nothing is promised where
 * nothing moves.
 */
export function backlogWords(
  { queue, rates }: Pick<HeartbeatRequest, 'queue' | 'rates'>,
  mode: UploadMode | null,
): Words {
  if (queue.files === 0 && queue.bytes === 0) return { tone: 'ok', text: 'nothing waits' };
  if (mode === 'paused' || mode === 'off')
    return { tone: 'queued', text: `waits until uploads are on${growth(rates.receivedBytesPerS)}` };
  const waitsMs = (queue.bytes / rates.receivedBytesPerS) * 1000;
  if (rates.receivedBytesPerS > STILL_BYTES_PER_S && waitsMs < KEEPS_UP_MS)
    return { tone: 'ok', text: `keeps up, ${formatDuration(waitsMs)} of data on their way` };
  const drain = rates.uploadedBytesPerS - rates.receivedBytesPerS;
  if (drain > STILL_BYTES_PER_S)
    return { tone: 'queued', text: `empty in ${formatDuration((queue.bytes / drain) * 1000)}` };
  if (drain < -STILL_BYTES_PER_S) return { tone: 'warn', text: `grows by ${formatRate(-drain)}` };
  return rates.uploadedBytesPerS > STILL_BYTES_PER_S
    ? { tone: 'queued', text: 'stays as long as it is' }
    : { tone: 'warn', text: 'does not move' };
}

const growth = (bytesPerS: number) =>
  bytesPerS > STILL_BYTES_PER_S ? `; grows by ${formatRate(bytesPerS)}` : '';

const LOW_BUFFER_S = 30 * 60;

/** How long the free part of the buffer lasts without any upload; null when nothing came in for a minute, or the agent cannot tell. */
export function bufferWords(bufferLastsS: number | null): Words | null {
  if (bufferLastsS === null) return null;
  return {
    tone: bufferLastsS < LOW_BUFFER_S ? 'warn' : 'ok',
    text: `buffer lasts ${formatDuration(bufferLastsS * 1000)} at the last minute’s rate`,
  };
}

export const MODE_WORDS: Readonly<Record<UploadMode, { word: string; tone: Tone }>> = {
  on: { word: 'ON', tone: 'ok' },
  paused: { word: 'PAUSED', tone: 'warn' },
  off: { word: 'OFF', tone: 'warn' },
};

/** What a mode does to the data: a HUB has to keep what it receives, the files of a SYNC stay where they are. */
const MODE_MEANS: Readonly<Record<'hub' | 'sync', Readonly<Record<UploadMode, string>>>> = {
  hub: {
    on: 'What arrives is uploaded at once.',
    paused:
      'What arrives is kept in the buffer and uploaded when uploads are on again. When the buffer is full, the detector waits.',
    off: 'What arrives is kept while there is room; then whole series are given up, the oldest first, and named. The detector never waits.',
  },
  sync: {
    on: 'What is written is uploaded at once.',
    paused: 'Files stay where they are and are uploaded when uploads are on again.',
    off: 'Files stay where they are; switching on again asks whether to upload them.',
  },
};

export const modeMeans = (kind: 'hub' | 'sync', mode: UploadMode): string => MODE_MEANS[kind][mode];

const BECAUSE_WORDS: Readonly<Record<HeldData['because'], string>> = {
  'agent-off': 'uploads are off',
  'agent-paused': 'uploads are paused',
  'site-paused': 'paused on site',
  'experiment-off': 'switched off by the experiment',
  licence: 'the licence is not valid',
};

/** Why data are held: "switched off by the experiment DEM26-7K2QF". */
export const heldWords = ({
  because,
  experimentCode,
}: Pick<HeldData, 'because' | 'experimentCode'>): string =>
  because === 'experiment-off' && experimentCode
    ? `${BECAUSE_WORDS[because]} ${experimentCode}`
    : `${BECAUSE_WORDS[because]}${experimentCode ? ` · ${experimentCode}` : ''}`;

/** An agent acts on a switch within two seconds; until then nobody needs to be told that it has not yet. */
const CONFIRM_MS = 2000;

export interface SwitchState {
  /** What staff want, and since when (server's clock). */
  mode: UploadMode;
  since: Date;
  /** How the agent acts, as it last said; null from an agent that never said. */
  confirmed: { mode: UploadMode; by: 'server' | 'site' } | null;
}

/**
 * What the switch shows: the mode wanted and, beside it, whatever keeps that from being the whole truth. `settled` is false while the
 * agent has not said that it acts so.
 * @param silence why the agent is not heard; null while it is
 */
export function switchWords(
  { mode, since, confirmed }: SwitchState,
  silence: string | null,
  nowMs: number,
): Words & { settled: boolean; note: string | null } {
  const { word, tone } = MODE_WORDS[mode];
  const base = { text: word, tone };
  if (silence !== null) return { ...base, tone: 'muted', settled: false, note: `not confirmed: ${silence}` };
  if (confirmed === null) return { ...base, settled: false, note: 'not confirmed: the agent does not tell' };
  if (confirmed.by === 'site' && confirmed.mode !== 'on') {
    const note = mode === confirmed.mode ? 'on site' : `on site; staff want ${word}`;
    return { text: MODE_WORDS[confirmed.mode].word, tone: 'warn', settled: true, note };
  }
  if (confirmed.mode === mode) return { ...base, settled: true, note: null };
  return nowMs - since.getTime() < CONFIRM_MS
    ? { ...base, tone: 'running', settled: false, note: null }
    : { ...base, tone: 'warn', settled: false, note: 'not confirmed yet' };
}

/** A clock that is this far off, or this little known, may put data near a switch into the unassigned tray. */
const CLOCK_OFF_MS = 1000;

/** How the agent's clock stands to the server's: "8 ms behind the server ± 3 ms". */
export function clockWords({ offsetMs, roundTripMs }: HeartbeatRequest['clock']): Words & { title: string } {
  const title = 'Measured with the heartbeat; times of the agent are corrected by it.';
  if (offsetMs === null) return { tone: 'muted', text: 'not measured yet', title };
  const doubtMs = (roundTripMs ?? 0) / 2;
  const doubt = roundTripMs === null ? '' : ` ±\u00a0${formatDuration(Math.max(1, doubtMs))}`;
  const isOff = Math.abs(offsetMs) > CLOCK_OFF_MS || doubtMs > CLOCK_OFF_MS;
  const size = formatDuration(Math.abs(offsetMs));
  const text =
    Math.abs(offsetMs) < 1 ? 'with the server' : `${size} ${offsetMs > 0 ? 'behind' : 'ahead of'} the server`;
  return { tone: isOff ? 'warn' : 'ok', text: `${text}${doubt}`, title };
}
