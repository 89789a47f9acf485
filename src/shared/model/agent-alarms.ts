import type { DetectorStatus } from '../contracts/agent-api.ts';
import type { Alarm, AlarmAgent, AlarmCode } from './alarm.ts';
import { diskContents, diskLevel, neededDisks } from './needed-disks.ts';

/** An agent that says nothing for longer is silent: heartbeats come every few seconds. */
export const SILENT_MS = 10_000;
/** A series is open, and no message came for this long. */
const NOTHING_SEEN_MS = 60_000;
/** Clocks: what belongs to whom is doubtful within a second of a switch. */
const CLOCK_MS = 1000;
const BUFFER_WARN_S = 30 * 60;
const BUFFER_ERROR_S = 5 * 60;
/** A buffer that is emptier than this while uploads are on keeps up with what comes: how long it would last is no worry. */
const BUFFER_USED_SHARE = 0.1;

/** A failed try is that fresh while uploads do not get on: tries come again within a minute. */
const STUCK_MS = 90_000;
/** Less than this is what heartbeats make, not files. Bytes per second. */
const STILL_BYTES_PER_S = 1000;

type Status = NonNullable<AlarmAgent['status']>;
type Told = Pick<Alarm, 'level' | 'code' | 'sentence' | 'todo' | 'since'> & { source?: string };

const dayOf = (at: Date) => at.toISOString().slice(0, 10);
const count = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;

function minutes(s: number): string {
  return s < 90 ? `${Math.round(s)} s` : `${Math.floor(s / 60)} min`;
}

/** "8.0 TB", "2.1 GB", and of small disks "24 MB". */
function sizeWords(bytes: number): string {
  if (bytes >= 1e12) return `${(bytes / 1e12).toFixed(1)} TB`;
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.floor(bytes / 1e6)} MB`;
}

function licenceAlarms({ name, licence }: AlarmAgent, now: Date): Told[] {
  const alarm = (
    level: Alarm['level'],
    code: AlarmCode,
    sentence: string,
    todo: string,
    since: Date | null,
  ) => [{ level, code, sentence, todo, since }];
  const issue = `Issue a new licence for ${name} on the page of the agents and bring it to its machine.`;
  if (!licence) {
    return alarm('error', 'licence-missing', `${name} has no licence: it is refused.`, issue, null);
  }
  const day = dayOf(licence.expiresAt);
  switch (licence.state) {
    case 'revoked': {
      const why = licence.revokedReason ? ` (${licence.revokedReason})` : '';
      return alarm(
        'error',
        'licence-revoked',
        `The licence of ${name} is revoked${why}: it keeps what it has and sends nothing.`,
        'Restore it, or issue a new one, on the page of the agents.',
        licence.revokedAt,
      );
    }
    case 'expired':
      return alarm(
        'error',
        'licence-expired',
        `The licence of ${name} expired on ${day}: it keeps what it has and sends nothing.`,
        issue,
        licence.expiresAt,
      );
    case 'expires-soon': {
      const days = Math.ceil((licence.expiresAt.getTime() - now.getTime()) / (24 * 3600 * 1000));
      return alarm(
        'warn',
        'licence-expires',
        `The licence of ${name} expires on ${day}, in ${count(days, 'day', 'days')}.`,
        issue,
        null,
      );
    }
    default:
      return [];
  }
}

/** What is typed on its machine. */
const commandOf = ({ kind }: AlarmAgent) => `beamdeck-${kind}`;

function switchAlarms(agent: AlarmAgent, hasActive: boolean): Told[] {
  const { name, uploads, status } = agent;
  if (!hasActive) return [];
  const told = status?.uploads;
  const isSite = uploads.mode === 'on' && told?.by === 'site' && told.mode !== 'on';
  if (uploads.mode === 'on' && !isSite) return [];
  const mode = isSite ? told.mode : uploads.mode;
  const where = isSite ? 'at its machine' : 'by staff';
  return [
    {
      level: 'warn',
      code: 'uploads-not-on',
      sentence: `Uploads of ${name} were ${mode === 'off' ? 'switched off' : 'paused'} ${where} while an experiment is active.`,
      todo: isSite
        ? `Resume them at its machine: ${commandOf(agent)} resume.`
        : 'Switch them on in the header of the cockpit.',
      since: isSite ? new Date(told.since) : uploads.since,
    },
  ];
}

/** Since when nothing comes of a series that is open; null while it comes, and when none is open. */
export function silentSince(
  { state, lastMessageAt, series }: Pick<DetectorStatus, 'state' | 'lastMessageAt' | 'series'>,
  now: Date,
): Date | null {
  if ((series === null && state !== 'receiving') || lastMessageAt === null) return null;
  const last = new Date(lastMessageAt);
  return now.getTime() - last.getTime() > NOTHING_SEEN_MS ? last : null;
}

function detectorAlarms(detector: DetectorStatus, now: Date): Told[] {
  const { name, state, lastError, series } = detector;
  if (state === 'error') {
    return [
      {
        level: 'error',
        code: 'detector-error',
        sentence: `The stream of ${name} cannot be received${lastError ? `: ${lastError.message}` : '.'}`,
        todo: 'Check its address and the network to it: beamdeck-hub check tells whether it is heard.',
        since: lastError ? new Date(lastError.at) : null,
        source: name,
      },
    ];
  }
  const last = silentSince(detector, now);
  if (last === null) return [];
  const so = series?.expected ? `${series.received} of ${series.expected}` : `${series?.received ?? 0}`;
  return [
    {
      // A detector that is armed and waits for a trigger looks the same from here.
      level: 'warn',
      code: 'detector-silent',
      sentence: `A series of ${name} is open, but nothing was heard of it for ${minutes((now.getTime() - last.getTime()) / 1000)}: ${so} frames came.`,
      todo: 'If it does not wait for a trigger, look whether it still runs, and whether another program takes its stream.',
      since: last,
      source: name,
    },
  ];
}

/** A detector that is switched off is no news as long as another one is there. */
function unheardAlarms({ name, detectors }: AlarmAgent, hasActive: boolean): Told[] {
  if (!hasActive || detectors.length === 0) return [];
  if (detectors.some(({ state }) => state !== 'connecting')) return [];
  const names = detectors.map((detector) => detector.name).join(', ');
  return [
    {
      level: 'warn',
      code: 'detector-unheard',
      sentence: `${name} is connected to no detector (${names}) while an experiment is active.`,
      todo: 'Look whether the stream of the detector is on, and its address: beamdeck-hub check tells whether it is heard.',
      since: null,
    },
  ];
}

function diskAlarms(name: string, { machine, buffer }: Status): Told[] {
  if (!machine) return [];
  return neededDisks(machine, buffer.maxBytes > 0).flatMap((disk): Told[] => {
    const level = diskLevel(disk);
    if (level === null) return [];
    const { freeBytes, totalBytes } = disk;
    const what = diskContents(disk).join(' and ');
    return [
      {
        level,
        code: 'disk-low',
        sentence: `The disk with the ${what} of ${name} has ${sizeWords(freeBytes)} free of ${sizeWords(totalBytes)}.`,
        todo: 'Free space on that machine; what is not sent yet must stay.',
        since: null,
        source: what,
      },
    ];
  });
}

function clockAlarms(name: string, { clock }: Status): Told[] {
  if (clock.offsetMs === null) return [];
  const doubtMs = (clock.roundTripMs ?? 0) / 2;
  const isOff = Math.abs(clock.offsetMs) > CLOCK_MS;
  if (!isOff && doubtMs <= CLOCK_MS) return [];
  const side = clock.offsetMs > 0 ? 'behind' : 'ahead of';
  return [
    {
      level: 'warn',
      code: 'clock-off',
      sentence: isOff
        ? `The clock of ${name} is ${(Math.abs(clock.offsetMs) / 1000).toFixed(1)} s ${side} the server's.`
        : `The clock of ${name} is known to ±${(doubtMs / 1000).toFixed(1)} s only.`,
      todo: 'Let its machine keep time (NTP): what begins near a switch of experiments may go to the unassigned tray.',
      since: null,
    },
  ];
}

/** What an agent reports while server or store do not take its data. */
const STUCK_CODES: ReadonlySet<string> = new Set(['server-unreachable', 'store-full']);

/** The agent is heard and its data wait, yet nothing gets on: the store, or the way to it, is away. */
function stuckAlarms(
  { name, uploads }: AlarmAgent,
  { queue, rates, lastError, uploads: told }: Status,
  now: Date,
): Told[] {
  const isOn = uploads.mode === 'on' && (told === null || told.mode === 'on');
  if (!isOn || queue.bytes === 0 || rates.uploadedBytesPerS > STILL_BYTES_PER_S) return [];
  if (lastError === null || !STUCK_CODES.has(lastError.code)) return [];
  if (now.getTime() - Date.parse(lastError.at) > STUCK_MS) return [];
  return [
    {
      level: 'error',
      code: 'uploads-stuck',
      sentence: `${count(queue.files, 'file', 'files')} (${sizeWords(queue.bytes)}) of ${name} wait and do not get on: ${lastError.message}`,
      todo: 'See whether server and store answer and have room. Data are kept meanwhile and go on by themselves.',
      since: null,
    },
  ];
}

function bufferAlarms(
  { name, uploads }: AlarmAgent,
  { buffer, bufferLastsS, uploads: told }: Status,
): Told[] {
  if (bufferLastsS === null || bufferLastsS >= BUFFER_WARN_S) return [];
  const isOn = uploads.mode === 'on' && (told === null || told.mode === 'on');
  if (isOn && buffer.usedBytes < BUFFER_USED_SHARE * buffer.maxBytes) return [];
  return [
    {
      level: bufferLastsS < BUFFER_ERROR_S ? 'error' : 'warn',
      code: 'buffer-short',
      sentence: `The buffer of ${name} is ${Math.round((buffer.usedBytes / buffer.maxBytes) * 100)} % full and lasts ${minutes(bufferLastsS)} at this rate when nothing is uploaded.`,
      todo: 'See that uploads run, or measure more slowly; a larger buffer is set in hub.toml.',
      since: null,
    },
  ];
}

/** One alarm for all of them: they have mostly one cause. */
function absentFolders(name: string, folders: Status['folders']): Told[] {
  const absent = folders.filter(({ watch }) => watch === 'not-there');
  const [first] = absent;
  if (!first) return [];
  const [which, what] =
    absent.length === 1
      ? [`The folder ${first.path} of ${name} is not there`, 'it']
      : [
          `${absent.length} folders of ${name} are not there (${absent.map(({ path }) => path).join(', ')})`,
          'them',
        ];
  return [
    {
      level: 'error',
      code: 'folder-not-watched',
      sentence: `${which}: no file in ${what} is seen.`,
      todo: 'Mount or make what is missing on its machine, or take it out of its configuration; watching begins by itself.',
      since: null,
      ...(absent.length === 1 && { source: first.name }),
    },
  ];
}

function fileAlarms(name: string, { poisoned, poisonedTotal, folders }: Status): Told[] {
  const oldest = poisoned.map((file) => Date.parse(file.since)).sort((a, b) => a - b)[0];
  const stuck: Told[] =
    poisonedTotal === 0
      ? []
      : [
          {
            level: 'error',
            code: 'poisoned-files',
            sentence: `${count(poisonedTotal, 'file', 'files')} of ${name} cannot be sent.`,
            todo: 'Read the reasons under Watched folders; mend them and have the files tried again, or take away what need not be sent.',
            since: oldest === undefined ? null : new Date(oldest),
          },
        ];
  const faulty = folders.flatMap(({ watch, fault, path, name: source }): Told[] => {
    if (watch === 'not-there' || fault === null) return [];
    return [
      {
        level: 'warn',
        code: 'folder-not-watched',
        sentence: `The folder ${path} of ${name} cannot be watched as it should: ${fault.replace(/\.$/, '')}.`,
        todo: 'Look on its machine whether it is mounted and may be read.',
        since: null,
        source,
      },
    ];
  });
  return [...stuck, ...absentFolders(name, folders), ...faulty];
}

function silentAlarm(agent: AlarmAgent, now: Date, hasActive: boolean): Told[] {
  const { kind, name, lastSeenAt, licence } = agent;
  const since = lastSeenAt ?? licence?.enrolledAt ?? null;
  if (since === null || now.getTime() - since.getTime() <= SILENT_MS) return [];
  const silentS = (now.getTime() - since.getTime()) / 1000;
  return [
    {
      level: hasActive ? 'error' : 'warn',
      code: 'agent-silent',
      sentence:
        lastSeenAt === null
          ? `${name} was enrolled ${minutes(silentS)} ago and was not heard since.`
          : `Nothing was heard of ${name} for ${minutes(silentS)}.`,
      todo: `See whether it runs and reaches the server: ${commandOf(agent)} status on its machine. ${
        kind === 'hub' ? 'While it runs it keeps what it receives.' : 'Files stay where they are.'
      }`,
      since,
    },
  ];
}

/** The alarms of one agent. What it told before it fell silent, or was refused, is not repeated: it need not be so any more. */
export function agentAlarms(agent: AlarmAgent, now: Date, hasActive: boolean): Alarm[] {
  const { id, name, status, licence } = agent;
  const isRefused = licence === null || licence.state === 'revoked' || licence.state === 'expired';
  const silent = isRefused ? [] : silentAlarm(agent, now, hasActive);
  const told: Told[] = [...licenceAlarms(agent, now), ...silent];
  if (!isRefused) told.push(...switchAlarms(agent, hasActive));
  if (status && !isRefused && silent.length === 0) {
    told.push(
      ...agent.detectors.flatMap((detector) => detectorAlarms(detector, now)),
      ...unheardAlarms(agent, hasActive),
      // The cause before what follows of it.
      ...stuckAlarms(agent, status, now),
      ...bufferAlarms(agent, status),
      ...diskAlarms(name, status),
      ...clockAlarms(name, status),
      ...fileAlarms(name, status),
    );
  }
  return told.map(({ source = null, ...alarm }) => ({ ...alarm, agentId: id, source }));
}
