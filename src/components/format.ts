/*
 * Numbers as people read them: decimal units (1 MB = 10^6 B, as disks and networks count), three figures at most, a
 * no-break space before the unit. The exact figure belongs into the `title` beside it: `exactCount`, `exactBytes`.
 */

const NBSP = '\u00a0';
const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'] as const;
const COUNT = new Intl.NumberFormat('en-GB');

/** Three significant figures without an exponent: 999.6 → "1000", 12.34 → "12.3", 0.5 → "0.5". */
function threeFigures(value: number): string {
  const size = Math.abs(value);
  if (size >= 99.95) return String(Math.round(value));
  if (size >= 9.995) return String(Math.round(value * 10) / 10);
  return String(Math.round(value * 100) / 100);
}

function scaled(value: number, units: readonly string[]): string {
  let step = 0;
  let rest = value;
  // 999.5 and more would round to "1000 MB": the next unit says it better.
  while (Math.abs(rest) >= 999.5 && step < units.length - 1) {
    rest /= 1000;
    step++;
  }
  return `${step === 0 ? String(Math.round(rest)) : threeFigures(rest)}${NBSP}${units[step]}`;
}

/** 3_141_592 → "3.14 MB". */
export const formatBytes = (sizeBytes: number): string => scaled(sizeBytes, BYTE_UNITS);

/** Bytes per second: "412 MB/s". */
export const formatRate = (bytesPerS: number): string => `${formatBytes(bytesPerS)}/s`;

/** Frames per second, one decimal below ten: "9.9 frames/s", "133 frames/s". */
export const formatFrameRate = (framesPerS: number): string =>
  `${framesPerS < 9.95 ? Math.round(framesPerS * 10) / 10 : Math.round(framesPerS)}${NBSP}frames/s`;

/** "3,141,592 bytes". */
export const exactBytes = (sizeBytes: number): string => `${COUNT.format(sizeBytes)} bytes`;

/** 1440 → "1,440". */
export const formatCount = (count: number): string => COUNT.format(count);

/** A share of 1: 0.964 → "96 %"; below 10 % one decimal. */
export function formatShare(share: number): string {
  const percent = share * 100;
  return `${Math.abs(percent) < 9.95 && percent !== 0 ? Math.round(percent * 10) / 10 : Math.round(percent)}${NBSP}%`;
}

/** Two largest units of a span: 380 → "380 ms", 4_200 → "4.2 s", 4_800_000 → "1 h 20 min". */
export function formatDuration(durationMs: number): string {
  if (durationMs < 0) return `−${formatDuration(-durationMs)}`;
  if (durationMs < 999.5) return `${Math.round(durationMs)}${NBSP}ms`;
  if (durationMs < 59_950) return `${Math.round(durationMs / 100) / 10}${NBSP}s`;
  const seconds = Math.round(durationMs / 1000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}${NBSP}${unit}`)
    .join(' ');
}

/** How long a job ran: seconds with one decimal, never 0 for what has run: "0.4 s", "3.6 s", "2 min 5 s". */
export function formatRunTime(durationMs: number): string {
  return durationMs < 999.5
    ? `${(Math.max(100, durationMs) / 1000).toFixed(1)}${NBSP}s`
    : formatDuration(durationMs);
}

/** So far away the date says more than a number of days. */
const isWeeksAway = (at: Date, nowMs: number) => Math.abs(nowMs - at.getTime()) > 28 * 86_400_000;

/** "3 s ago", "in 5 h", "now"; older than four weeks: the date, in the given zone. */
export function formatRelative(at: Date, nowMs: number, timeZone: string): string {
  const agoMs = nowMs - at.getTime();
  const size = Math.abs(agoMs);
  if (size < 1000) return 'now';
  if (isWeeksAway(at, nowMs)) return formatDay(at, timeZone);
  const [amount, unit] =
    size < 60_000
      ? [Math.floor(size / 1000), 's']
      : size < 3_600_000
        ? [Math.floor(size / 60_000), 'min']
        : size < 86_400_000
          ? [Math.floor(size / 3_600_000), 'h']
          : [Math.floor(size / 86_400_000), 'd'];
  return agoMs > 0 ? `${amount}${NBSP}${unit} ago` : `in ${amount}${NBSP}${unit}`;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Intl formatters cost about 50 µs each to make; lists make thousands of the same. */
function formatter(timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = timeZone + JSON.stringify(options);
  let known = formatters.get(key);
  if (!known) {
    known = new Intl.DateTimeFormat('en-GB', { timeZone, ...options });
    formatters.set(key, known);
  }
  return known;
}

/** "20 Nov 2026". */
export const formatDay = (at: Date, timeZone: string): string =>
  formatter(timeZone, { day: 'numeric', month: 'short', year: 'numeric' }).format(at);

/** "14:02:11". */
export const formatClock = (at: Date, timeZone: string): string =>
  formatter(timeZone, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(at);

/**
 * The same with the facility's zone, "14:02:11 CET", where the time alone may be taken for another: the viewer's clock shows another one, or the
 * facility's shows it twice that night.
 */
export function formatClearClock(at: Date, timeZone: string, viewerZone: string): string {
  const clock = formatClock(at, timeZone);
  const twice = [-1, 1].some(
    (hours) => formatClock(new Date(at.getTime() + hours * 3_600_000), timeZone) === clock,
  );
  if (!twice && formatClock(at, viewerZone) === clock) return clock;
  return formatter(timeZone, {
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZoneName: 'short' },
  }).format(at);
}

/** "Fri 20 Nov, 08:00 CET": names its zone, so that the two hours of an autumn night stay apart. */
export const formatDeadline = (at: Date, timeZone: string): string =>
  formatter(timeZone, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  }).format(at);

/** The same with how far it is: "Fri 20 Nov, 08:00 CET, in 5 h"; weeks away with its year instead: "Sat, 20 Feb 2027, 08:00 CET". */
export function formatDeadlineFrom(at: Date, nowMs: number, timeZone: string): string {
  if (isWeeksAway(at, nowMs)) {
    const options = { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit' } as const;
    return formatter(timeZone, {
      ...{ weekday: 'short', ...options, minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short' },
    }).format(at);
  }
  return `${formatDeadline(at, timeZone)}, ${formatRelative(at, nowMs, timeZone)}`;
}

const inZone = (at: Date, timeZone: string) =>
  formatter(timeZone, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  }).format(at);

/** The exact time for hovering: the facility's zone first, then the viewer's when another, then UTC. One per line. */
export function exactTimes(at: Date, facilityZone: string, viewerZone: string): string {
  const zones = [...new Set([facilityZone, viewerZone, 'UTC'])];
  return [...new Set(zones.map((zone) => inZone(at, zone)))].join('\n');
}
