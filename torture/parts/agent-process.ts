import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { AgentProgram } from '#hub/agent/agent-program.ts';
import { unwatch, watch } from '#scripts/lib/watchdog.ts';
import { ownEnvironment } from '#scripts/up/environment.ts';

export interface AgentOptions {
  program: AgentProgram;
  /** Holds configuration, state, buffer and log of this agent alone. */
  folder: string;
  /** Checkout whose program runs: this one, or a copy with a mistake in it. */
  root: string;
  /** The program as it is shipped, in one file, in place of that of the checkout. */
  executable?: string | undefined;
  server: string;
  /** Text of its licence file. */
  licence: string;
  /** "host:port" of a peer → port of this machine its connections go to instead. */
  relays: Readonly<Record<string, number>>;
  /** What follows the common part of its configuration: detectors, folders. */
  sources: string;
  /** Folders that are not below `folder`: small disks. */
  stateDir?: string;
  bufferDir?: string;
  bufferBytes?: number;
  /** Where the buffer goes on when it is full, and how much of it. */
  spill?: { dir: string; bytes: number };
  environment?: Readonly<Record<string, string>>;
  /** Called when it ends by itself: an agent never does. */
  onCrash: (how: string) => void;
  /** Before the command: `ip netns exec …`. */
  wrapper?: readonly string[];
}

const STOP_MS = 30_000;

/** How each program is started. */
const COMMANDS = {
  hub: { config: 'hub.toml', args: ['hub/index.ts'], commands: 'hub/cli/index.ts' },
  sync: { config: 'sync.conf', args: ['hub/sync/index.ts', 'run'], commands: 'hub/sync/index.ts' },
} as const;

/** An agent of its own: a real process with its configuration, to be killed at any moment and started again. */
export class AgentProcess {
  readonly options: AgentOptions;
  private child: ChildProcess | null = null;
  private ended: Promise<void> = Promise.resolve();
  private isAsked = false;

  constructor(options: AgentOptions) {
    this.options = options;
    mkdirSync(options.folder, { recursive: true });
    this.licence(options.licence);
    this.configure(options.sources);
  }

  private file(name: string): string {
    return path.join(this.options.folder, name);
  }

  private get configFile(): string {
    return this.file(COMMANDS[this.options.program.kind].config);
  }

  get logFile(): string {
    return this.file('agent.log');
  }

  get stateDir(): string {
    return this.options.stateDir ?? this.file('state');
  }

  get isRunning(): boolean {
    return this.child !== null;
  }

  get pid(): number {
    return this.child!.pid!;
  }

  /** Puts a licence file in place of the one that lies there; a running agent notices. */
  licence(text: string): void {
    writeFileSync(this.file('licence.json'), text, { mode: 0o600 });
  }

  /** Counts for the next start. */
  configure(sources: string): void {
    const { program, server, bufferDir, bufferBytes = 256 * 1024 * 1024, spill } = this.options;
    const buffer = [
      '[buffer]',
      `dir = "${bufferDir ?? this.file('buffer')}"`,
      `max_bytes = "${bufferBytes}"`,
      ...(spill ? [`spill_dir = "${spill.dir}"`, `spill_max_bytes = "${spill.bytes}"`] : []),
    ];
    const lines = [
      `server = "${server}"`,
      'licence_file = "licence.json"',
      `state_dir = "${this.stateDir}"`,
      // The files that a SYNC watches are their own buffer.
      ...(program.kind === 'hub' ? buffer : []),
      sources,
    ];
    writeFileSync(this.configFile, `${lines.join('\n')}\n`);
  }

  /** The command before its arguments, and what it needs in its environment for its connections to go through relays. */
  private get invocation(): { command: readonly string[]; environment: Record<string, string> } {
    const { program, root, executable } = this.options;
    const [entry, ...rest] = COMMANDS[program.kind].args;
    const redirect = path.join(import.meta.dirname, 'redirect-connections.mjs');
    // What is packed into one file takes `--require` alone, and by the environment alone.
    if (executable !== undefined)
      return {
        command: [executable, ...rest],
        environment: { NODE_OPTIONS: `--require=${JSON.stringify(redirect)}` },
      };
    const command = [process.execPath, '--import', redirect, path.join(root, entry), ...rest];
    return { command, environment: {} };
  }

  start(): void {
    const { program, root, relays, environment, wrapper = [] } = this.options;
    const invocation = this.invocation;
    const [command, ...args] = [...wrapper, ...invocation.command, '--config', this.configFile];
    const child = spawn(command!, args, {
      cwd: root,
      env: {
        ...ownEnvironment(process.env),
        BEAMDECK_TORTURE_RELAYS: JSON.stringify(relays),
        ...invocation.environment,
        ...environment,
      },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    watch({ pid: child.pid!, signal: 'SIGTERM', graceMs: STOP_MS });
    for (const stream of [child.stdout!, child.stderr!])
      stream.on('data', (chunk: Buffer) => appendFileSync(this.logFile, chunk));
    this.child = child;
    this.isAsked = false;
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        unwatch(child.pid!);
        if (this.child === child) this.child = null;
        resolve();
        if (!this.isAsked)
          this.options.onCrash(
            `the ${program.name} ended by itself (${signal ?? `exit code ${code}`}), see ${this.logFile}`,
          );
      });
    });
  }

  /** Runs a command of its program as a person at its machine does: `activate ID`. Throws with what it says when it fails. */
  async command(...args: string[]): Promise<void> {
    const { program, root, executable, environment } = this.options;
    const [file, ...entry] =
      executable === undefined
        ? [process.execPath, path.join(root, COMMANDS[program.kind].commands)]
        : [executable];
    await promisify(execFile)(file!, [...entry, ...args, '--config', this.configFile], {
      cwd: root,
      env: { ...ownEnvironment(process.env), ...environment },
    });
  }

  /** Does nothing more until it is killed; what it asked the kernel for is still done. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  /** SIGKILL: power off for the process; SIGTERM: stopped in good order. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.isAsked = true;
    this.child?.kill(signal);
    await this.ended;
  }

  /** Killed, and started again at once. */
  async killAndStart(): Promise<void> {
    await this.end('SIGKILL');
    this.start();
  }
}
