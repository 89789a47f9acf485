/** One line of the common log: what a process wrote, as JSON for the file and as text for people. */
export interface LogLine {
  time: string;
  name: string;
  level: number;
  msg: string;
  /** Everything else the line carried. */
  fields: Record<string, unknown>;
}

export const LEVEL = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 } as const;
const LEVEL_WORDS: Record<number, string> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
};
const LEVEL_COLOURS: Record<number, number> = { 40: 33, 50: 31, 60: 31 };
const NAME_COLOURS: Record<string, number> = {
  up: 37,
  db: 35,
  data: 36,
  web: 34,
  worker: 32,
  hub: 33,
  sim: 90,
};
const NAME_WIDTH = 6;
/** Fields every pino line has, of no news to a reader. */
const KNOWN_FIELDS = new Set(['time', 'level', 'msg', 'name', 'pid', 'hostname', 'v']);

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes of a child's terminal output are what is taken out
const TERMINAL_CODES = /\u001b\[[0-9;?]*[A-Za-z]/g;

/** Reads a child's line: a pino JSON line, or plain text of a program that knows no better. */
export function readLogLine(name: string, raw: string, now: Date, plainLevel: number = LEVEL.info): LogLine {
  if (raw.startsWith('{')) {
    try {
      const parsed = JSON.parse(raw) as Record<string, unknown>;
      if (typeof parsed.msg === 'string' || typeof parsed.level === 'number') {
        const time = typeof parsed.time === 'number' ? new Date(parsed.time).toISOString() : parsed.time;
        const fields = Object.fromEntries(Object.entries(parsed).filter(([key]) => !KNOWN_FIELDS.has(key)));
        return {
          time: typeof time === 'string' ? time : now.toISOString(),
          name,
          level: typeof parsed.level === 'number' ? parsed.level : LEVEL.info,
          msg: typeof parsed.msg === 'string' ? parsed.msg : '',
          fields,
        };
      }
    } catch {
      // Text that only looks like JSON is shown as the text it is.
    }
  }
  return {
    time: now.toISOString(),
    name,
    level: plainLevel,
    msg: raw.replace(TERMINAL_CODES, ''),
    fields: {},
  };
}

function valueText(key: string, value: unknown): string {
  // An error's stack belongs into the file; its message is what a person reads here.
  if (
    (key === 'err' || key === 'error') &&
    typeof value === 'object' &&
    value !== null &&
    'message' in value
  ) {
    return JSON.stringify(value.message);
  }
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value) ?? String(value);
}

const paint = (text: string, colour: number | undefined, colours: boolean) =>
  colours && colour !== undefined ? `\u001b[${colour}m${text}\u001b[0m` : text;

/** `14:03:21.123 hub    INFO  message key=value`; times are UTC like everything inside. */
export function renderLogLine(line: LogLine, colours: boolean): string {
  const time = line.time.slice(11, 23);
  const name = paint(line.name.padEnd(NAME_WIDTH), NAME_COLOURS[line.name], colours);
  const word = (LEVEL_WORDS[line.level] ?? String(line.level)).padEnd(5);
  const fields = Object.entries(line.fields).map(([key, value]) => ` ${key}=${valueText(key, value)}`);
  return `${paint(time, 90, colours)} ${name} ${paint(word, LEVEL_COLOURS[line.level], colours)} ${line.msg}${fields.join('')}`;
}

export const logLineJson = (line: LogLine): string =>
  JSON.stringify({ time: line.time, name: line.name, level: line.level, msg: line.msg, ...line.fields });
