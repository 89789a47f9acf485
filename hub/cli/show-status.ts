import type { FolderSourceStatus } from '#src/shared/contracts/agent-control.ts';
import type { AgentProgram } from '../agent/agent-program.ts';
import type { LocalStatus } from '../local/local-control.ts';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

export function inBytes(count: number): string {
  const power = count < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(count) / 3));
  return `${(count / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${UNITS[power]}`;
}

const inFiles = (count: number): string => (count === 1 ? '1 file' : `${count} files`);

const inParts = (count: number): string => (count === 1 ? '1 part' : `${count} parts`);

function inTime(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

const REASONS: Readonly<Record<string, string>> = {
  'agent-off': 'uploading is switched off',
  'agent-paused': 'uploading is paused',
  'site-paused': 'uploading was paused on site',
  'experiment-off': 'the experiment is switched off',
  licence: 'the licence does not allow sending',
};

/** As the cockpit says it. */
const WATCH_WORDS: Readonly<Record<FolderSourceStatus['watch'], string>> = {
  events: 'watched',
  polling: 'looked through regularly',
  'not-there': 'not there',
};

const scanCost = ({ entries, tookMs, cpuMs }: NonNullable<FolderSourceStatus['lastScan']>): string =>
  `last look through ${entries} entries took ${inTime(tookMs / 1000)}${
    cpuMs === undefined ? '' : ` and ${(cpuMs / 1000).toFixed(1)} s of a processor`
  }`;

type Line = [name: string, value: string];

/** What the command `status` prints; one fact per line. */
export function showStatus(told: LocalStatus, program: AgentProgram): string {
  const { status, active, refusal, serverHeardAt, instrument, server } = told;
  const { buffer, queue, rates, bufferLastsS, uploads, clock, sending } = status;
  const lines: Line[] = [
    [program.name, `${status.version}, ${instrument ?? 'not enrolled'}, ${server}`],
    ['server heard', serverHeardAt ?? 'never since the start'],
    ['uploading', refusal ?? `${uploads?.mode ?? 'on'}${uploads?.by === 'site' ? ' (on site)' : ''}`],
    ['experiment', active ? `${active.code} (${active.how}, since ${active.since})` : 'none known'],
    ['waiting', `${inFiles(queue.files)}, ${inBytes(queue.bytes)}`],
    ...(program.kind === 'hub'
      ? [
          [
            'received',
            `${inBytes(rates.receivedBytesPerS)}/s, ${rates.framesPerS.toFixed(1)} frames/s`,
          ] as Line,
        ]
      : []),
    [
      'sent',
      `${inBytes(rates.uploadedBytesPerS)}/s${
        sending === null
          ? ''
          : `, ${inParts(sending.parts)} on the way, at most ${sending.atOnce} of full size at once`
      }`,
    ],
    // The files of a SYNC are their own buffer.
    ...(buffer.maxBytes > 0
      ? [
          [
            'buffer',
            `${inBytes(buffer.usedBytes)} of ${inBytes(buffer.maxBytes)} in ${buffer.dir}${
              bufferLastsS === null ? '' : `, lasts ${inTime(bufferLastsS)} without uploads`
            }`,
          ] as Line,
        ]
      : []),
    [
      'clock',
      clock.offsetMs === null ? 'not measured' : `server is ${(clock.offsetMs / 1000).toFixed(3)} s ahead`,
    ],
    ...status.held.map(
      ({ because, experimentCode, files, bytes }): Line => [
        'held',
        `${inFiles(files)}, ${inBytes(bytes)}: ${REASONS[because] ?? because}${experimentCode ? ` (${experimentCode})` : ''}`,
      ],
    ),
    ...status.detectors.map(
      ({ name, state, series, frames }): Line => [
        'detector',
        `${name}: ${state}, ${series ? `${series.received} of ${series.expected ?? 'an unknown number of'} frames` : 'no series'}, ${frames} frames since the start`,
      ],
    ),
    ...status.folders.map(
      ({ name, path, watch, fault, waitingBytes, lastScan }): Line => [
        'folder',
        `${name} (${path}): ${fault ?? WATCH_WORDS[watch]}, ${inBytes(waitingBytes)} waiting${lastScan ? `, ${scanCost(lastScan)}` : ''}`,
      ],
    ),
    ...(status.poisonedTotal > 0
      ? [
          [
            'set aside',
            `${inFiles(status.poisonedTotal)} that somebody has to look at: see the cockpit`,
          ] as Line,
        ]
      : []),
    ['last error', status.lastError ? `${status.lastError.at} ${status.lastError.message}` : 'none'],
  ];
  return lines.map(([name, value]) => `${name.padEnd(13)}${value}`).join('\n');
}
