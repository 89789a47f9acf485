import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');

/** Builds beamdeck-sync as `npm run package:sync` does. @returns its path in `folder` */
export async function buildSyncExecutable(folder: string): Promise<string> {
  await run(process.execPath, [join(ROOT, 'scripts/package-sync.ts'), '--executable-only', '--out', folder]);
  return join(folder, 'beamdeck-sync');
}

export interface Outcome {
  code: number;
  out: string;
  err: string;
}

/** The executable in a folder of its own, on a system whose PATH leads to nothing; killed and started as often as a test wants. */
export class SyncProcess {
  readonly folder: string;
  /** What all processes started here wrote. */
  output = '';
  private readonly executable: string;
  private child: ChildProcess | null = null;

  /** @param built as `buildSyncExecutable` made it */
  constructor(built: string) {
    this.folder = mkdtempSync(join(tmpdir(), 'beamdeck-sync-'));
    this.executable = join(this.folder, 'beamdeck-sync');
    copyFileSync(built, this.executable);
    chmodSync(this.executable, 0o755);
    mkdirSync(this.at('nothing'));
  }

  at(...names: string[]): string {
    return join(this.folder, ...names);
  }

  private get env() {
    return { PATH: this.at('nothing'), NODE_ENV: 'production' as const };
  }

  configure(server: string, folders: readonly string[]): void {
    const tables = folders.map((folder) => {
      mkdirSync(this.at(folder), { recursive: true });
      return `[[folder]]\nfolder = "${folder}"\npath = "${folder}"\nsettle_s = 0.2\nseries_timeout_s = 1.5\n`;
    });
    const common = `server = "${server}"\nstate_dir = "state"\n[upload]\npart_bytes = "5 MiB"\n`;
    writeFileSync(this.at('sync.conf'), common + tables.join(''));
  }

  command(...words: string[]): Promise<Outcome> {
    const args = [...words, '--config', this.at('sync.conf')];
    return new Promise((resolve) => {
      execFile(this.executable, args, { cwd: this.folder, env: this.env }, (error, out, err) => {
        resolve({ code: error ? Number(error.code) : 0, out, err });
      });
    });
  }

  start(): void {
    const child = spawn(this.executable, ['run', '--config', this.at('sync.conf')], {
      cwd: this.folder,
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
    this.child = child;
  }

  /** Resolves with the exit code; null when a signal ended it. */
  async kill(signal: NodeJS.Signals): Promise<number | null> {
    const { child } = this;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? 0;
    const gone = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    return gone;
  }

  async dispose(): Promise<void> {
    await this.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
