import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LogFile } from './log-file.ts';
import { LEVEL, type LogLine, logLineJson, readLogLine, renderLogLine } from './log-line.ts';

const KEPT_LINES = 12;

/** The one log of `up`: text on the terminal, raw JSON in `<dir>/<name>.jsonl`, and the last lines of each process in memory. */
export class CommonLog {
  readonly #dir: string;
  readonly #files = new Map<string, LogFile>();
  readonly #last = new Map<string, string[]>();
  readonly #colours: boolean;
  readonly #onFault: (error: unknown) => void;
  #fileFault = false;

  /** `onFault` hears once when the log files cannot be written (a full disk); the terminal goes on. */
  constructor(dir: string, onFault: (error: unknown) => void) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.#dir = dir;
    this.#colours = process.stdout.isTTY === true && !process.env.NO_COLOR;
    this.#onFault = onFault;
  }

  /** A raw line of a child. */
  child(name: string, raw: string, plainLevel?: number): void {
    this.#add(readLogLine(name, raw, new Date(), plainLevel));
  }

  info(msg: string, fields: Record<string, unknown> = {}): void {
    this.#add({ time: new Date().toISOString(), name: 'up', level: LEVEL.info, msg, fields });
  }

  warn(msg: string, fields: Record<string, unknown> = {}): void {
    this.#add({ time: new Date().toISOString(), name: 'up', level: LEVEL.warn, msg, fields });
  }

  /** Text for the person at the terminal only: passwords never reach a file of the log. */
  say(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  lastLines(name: string): readonly string[] {
    return this.#last.get(name) ?? [];
  }

  close(): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
  }

  #add(line: LogLine): void {
    const lines = this.#last.get(line.name) ?? [];
    lines.push(renderLogLine(line, false));
    if (lines.length > KEPT_LINES) lines.shift();
    this.#last.set(line.name, lines);
    if (line.level >= LEVEL.info) process.stdout.write(`${renderLogLine(line, this.#colours)}\n`);
    if (this.#fileFault) return;
    try {
      let file = this.#files.get(line.name);
      if (!file) {
        file = new LogFile(join(this.#dir, `${line.name}.jsonl`));
        this.#files.set(line.name, file);
      }
      file.write(logLineJson(line));
    } catch (error) {
      this.#fileFault = true;
      this.#onFault(error);
    }
  }
}
