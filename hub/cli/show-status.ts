import type { LocalStatus } from '../local/local-control.ts';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

export function inBytes(count: number): string {
  const power = count < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(count) / 3));
  return `${(count / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${UNITS[power]}`;
}

const inFiles = (count: number): string => (count === 1 ? '1 file' : `${count} files`);

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

/** What `beamdeck-hub status` prints; one fact per line. */
export function showStatus(told: LocalStatus): string {
  const { status, active, refusal, serverHeardAt, instrument, server } = told;
  const { buffer, queue, rates, bufferLastsS, uploads, clock } = status;
  const lines: [string, string][] = [
    ['HUB', `${status.version}, ${instrument ?? 'not enrolled'}, ${server}`],
    ['server heard', serverHeardAt ?? 'never since the start'],
    ['uploading', refusal ?? `${uploads?.mode ?? 'on'}${uploads?.by === 'site' ? ' (on site)' : ''}`],
    ['experiment', active ? `${active.code} (${active.how}, since ${active.since})` : 'none known'],
    ['waiting', `${inFiles(queue.files)}, ${inBytes(queue.bytes)}`],
    ['received', `${inBytes(rates.receivedBytesPerS)}/s, ${rates.framesPerS.toFixed(1)} frames/s`],
    ['sent', `${inBytes(rates.uploadedBytesPerS)}/s`],
    [
      'buffer',
      `${inBytes(buffer.usedBytes)} of ${inBytes(buffer.maxBytes)} in ${buffer.dir}${
        bufferLastsS === null ? '' : `, lasts ${inTime(bufferLastsS)} without uploads`
      }`,
    ],
    [
      'clock',
      clock.offsetMs === null ? 'not measured' : `server is ${(clock.offsetMs / 1000).toFixed(3)} s ahead`,
    ],
    ...status.held.map(({ because, experimentCode, files, bytes }): [string, string] => [
      'held',
      `${inFiles(files)}, ${inBytes(bytes)}: ${REASONS[because] ?? because}${experimentCode ? ` (${experimentCode})` : ''}`,
    ]),
    ...status.detectors.map(({ name, state, series, frames }): [string, string] => [
      'detector',
      `${name}: ${state}, ${series ? `${series.received} of ${series.expected ?? 'an unknown number of'} frames` : 'no series'}, ${frames} frames since the start`,
    ]),
    ...status.folders.map(({ name, path, watch, fault, waitingBytes }): [string, string] => [
      'folder',
      `${name} (${path}): ${fault ?? watch}, ${inBytes(waitingBytes)} waiting`,
    ]),
    ...(status.poisonedTotal > 0
      ? [
          ['set aside', `${inFiles(status.poisonedTotal)} that somebody has to look at: see the cockpit`] as [
            string,
            string,
          ],
        ]
      : []),
    ['last error', status.lastError ? `${status.lastError.at} ${status.lastError.message}` : 'none'],
  ];
  return lines.map(([name, value]) => `${name.padEnd(13)}${value}`).join('\n');
}
