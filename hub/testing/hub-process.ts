import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type HubRig, until } from './hub-rig.ts';

/** A real HUB process on the sockets and folders of a rig, to be killed. */
export class HubProcess {
  /** What all processes started here wrote to stdout and stderr. */
  output = '';
  private readonly rig: HubRig;
  private child: ChildProcess | null = null;
  private readonly tables: readonly string[] | null;
  private readonly uid: number | undefined;
  private readonly prefix: readonly string[];

  /**
   * @param options.tables lines of the configuration in place of the rig's detector; uid: who runs it, this user by default; prefix:
   * a command that runs it
   */
  constructor(
    rig: HubRig,
    options: { tables?: readonly string[]; uid?: number; prefix?: readonly string[] } = {},
  ) {
    this.rig = rig;
    this.tables = options.tables ?? null;
    this.uid = options.uid;
    this.prefix = options.prefix ?? [];
  }

  get pid(): number {
    return this.child!.pid!;
  }

  start(): void {
    const { folder } = this.rig;
    const { serverUrl } = this.rig.config;
    const config = path.join(folder, 'hub.toml');
    const token = path.join(folder, 'agent.token');
    writeFileSync(token, 'test-token\n', { mode: 0o600 });
    if (this.uid !== undefined) chownSync(token, this.uid, this.uid);
    writeFileSync(
      config,
      [
        `server = "${serverUrl}"`,
        'token_file = "agent.token"',
        'state_dir = "state"',
        '[buffer]',
        'dir = "spool"',
        'max_bytes = "64 MiB"',
        ...(this.tables ?? this.detectorTable()),
      ].join('\n'),
    );
    const entry = path.resolve(import.meta.dirname, '../index.ts');
    const [command, ...args] = [...this.prefix, process.execPath, entry, '--config', config];
    const child = spawn(command!, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(this.uid === undefined ? {} : { uid: this.uid, gid: this.uid }),
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
    this.child = child;
  }

  private detectorTable(): string[] {
    const { protocol, senders, endpoints, metadata } = this.rig.config.detectors[0]!;
    return [
      '[[detector]]',
      'name = "detector-1"',
      `protocol = "${protocol}"`,
      'mode = "connect"',
      `endpoints = ${JSON.stringify(endpoints)}`,
      `senders = ${senders}`,
      ...(metadata === null ? [] : [`metadata = "${metadata}"`]),
      'series_timeout_s = 6',
    ];
  }

  /** Kills a connected HUB, and waits until the detector's socket has seen it: what is sent before is lost with the dead one. */
  async killSeen(): Promise<void> {
    const { partings } = this.rig;
    await this.kill('SIGKILL');
    await until('the detector sees that the HUB is gone', () => this.rig.partings > partings);
  }

  /** Resolves with the exit code; null when a signal ended it. */
  async exited(): Promise<number | null> {
    const { child } = this;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? 0;
    return new Promise((resolve) => child.once('exit', resolve));
  }

  async kill(signal: NodeJS.Signals): Promise<number | null> {
    const gone = this.exited();
    this.child?.kill(signal);
    return gone;
  }
}
