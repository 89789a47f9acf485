import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { TEST_SECRET } from './test-store.ts';

const WORKER = join(import.meta.dirname, 'worker-process.ts');

/** Real worker processes on a test's database, to be killed at bad moments. */
export class WorkerProcesses {
  readonly #env: NodeJS.ProcessEnv;
  readonly #hear: ((text: string) => void) | undefined;
  readonly #running = new Set<ChildProcess>();

  constructor(
    place: { databaseUrl: string; storeDir: string; runsDir: string },
    settings: Readonly<Record<string, string>> = {},
    /** Told what they write to their logs. */
    hear?: (text: string) => void,
  ) {
    this.#hear = hear;
    this.#env = {
      NODE_ENV: 'test',
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      DATABASE_URL: place.databaseUrl,
      BEAMDECK_STORE_DIR: place.storeDir,
      BEAMDECK_RUNS_DIR: place.runsDir,
      BEAMDECK_SECRET: TEST_SECRET,
      BEAMDECK_LOG_LEVEL: 'warn',
      BEAMDECK_DB_POOL: '4',
      ...settings,
    };
  }

  start(): ChildProcess {
    const child = spawn(process.execPath, [WORKER], {
      env: this.#env,
      stdio: ['ignore', this.#hear ? 'pipe' : 'ignore', 'inherit'],
    });
    child.stdout?.setEncoding('utf8').on('data', this.#hear!);
    this.#running.add(child);
    child.once('exit', () => this.#running.delete(child));
    return child;
  }

  async end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  /** Kills all that still run. */
  async endAll(): Promise<void> {
    for (const child of this.#running) await this.end(child, 'SIGKILL');
  }
}
