import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROGRAMS = ['dpkg', 'unshare', 'chroot', 'setpriv', 'ionice', 'nice'];
const isThere = (name: string) =>
  (process.env.PATH ?? '').split(':').some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** Why there can be none here, for the names of skipped tests. */
export const NO_THROWAWAY_SYSTEM: string | null =
  process.getuid?.() !== 0
    ? 'only root may mount'
    : PROGRAMS.every(isThere)
      ? null
      : `${PROGRAMS.filter((name) => !isThere(name)).join(', ')} not installed`;

export interface Ran {
  code: number | null;
  out: string;
  err: string;
}

/** The keys of a unit's [Service] section; of a repeated one the last. */
function serviceKeys(text: string): Map<string, string> {
  const section = /^\[Service\]\n([\s\S]*?)(?=^\[)/m.exec(text)?.[1] ?? '';
  return new Map([...section.matchAll(/^(\w+)=(.*)$/gm)].map(([, key, value]) => [key!, value!]));
}

/** This machine's system as a copy that is thrown away: what is written goes into memory (overlayfs), so that a package can be installed for a test. */
export class ThrowawaySystem {
  readonly root: string;
  private readonly memory: string;

  constructor() {
    this.memory = mkdtempSync(join(tmpdir(), 'beamdeck-system-'));
    this.mount('-t', 'tmpfs', '-o', 'size=1g', 'tmpfs', this.memory);
    const [upper, work] = [join(this.memory, 'upper'), join(this.memory, 'work')];
    this.root = join(this.memory, 'root');
    for (const folder of [upper, work, this.root]) mkdirSync(folder);
    try {
      const layers = `lowerdir=/,upperdir=${upper},workdir=${work}`;
      this.mount('-t', 'overlay', '-o', layers, 'overlay', this.root);
    } catch (error) {
      this.unmount(this.memory);
      throw error;
    }
  }

  private mount(...args: string[]): void {
    const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`mount ${args.join(' ')}: ${stderr}`);
  }

  private unmount(folder: string): void {
    spawnSync('umount', ['--lazy', folder]);
  }

  at(path: string): string {
    return join(this.root, path);
  }

  /** The words of a command in this system, after what a shell does in a mount namespace of its own. */
  private inside(prepare: string, command: readonly string[]): string[] {
    const script = `set -e; mount --bind "$0" "$0"; mount -t proc proc "$0/proc"; mount --rbind /dev "$0/dev"; ${prepare} exec chroot "$0" "$@"`;
    return ['-m', 'sh', '-c', script, this.root, ...command];
  }

  run(...command: string[]): Ran {
    const env = {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      DEBIAN_FRONTEND: 'noninteractive',
      LC_ALL: 'C.UTF-8',
    };
    const { status, stdout, stderr } = spawnSync('unshare', this.inside('', command), {
      env: { ...env, NODE_ENV: 'production' },
      encoding: 'utf8',
    });
    return { code: status, out: stdout, err: stderr };
  }

  /**
   * Starts the installed unit's command as systemd would by these keys (systemd.exec(5), systemd.service(5)): User, Group, StateDirectory,
   * ProtectSystem=strict, NoNewPrivileges, CapabilityBoundingSet, UMask, Nice, IOSchedulingClass, IOSchedulingPriority, ExecStart.
   */
  startUnit(name: string): ChildProcess {
    const keys = serviceKeys(readFileSync(this.at(`usr/lib/systemd/system/${name}`), 'utf8'));
    const key = (wanted: string) => {
      const value = keys.get(wanted);
      if (value === undefined) throw new Error(`${name} says no ${wanted}`);
      return value;
    };
    const [user, group, state] = [key('User'), key('Group'), `/var/lib/${key('StateDirectory')}`];
    const made = this.run('install', '-d', '-m', key('StateDirectoryMode'), '-o', user, '-g', group, state);
    if (made.code !== 0) throw new Error(made.err);
    if (key('ProtectSystem') !== 'strict' || key('NoNewPrivileges') !== 'yes') throw new Error('other keys');
    if (key('IOSchedulingClass') !== 'best-effort') throw new Error('another scheduling class');
    const capabilities = key('CapabilityBoundingSet')
      .split(' ')
      .map((capability) => `+${capability.replace(/^CAP_/, '').toLowerCase()}`);
    const who = [`--reuid=${user}`, `--regid=${group}`, '--init-groups', '--no-new-privs'];
    const may = ['--inh-caps=-all', `--bounding-set=${['-all', ...capabilities].join(',')}`];
    const readOnly = `mount --bind "$0${state}" "$0${state}"; mount -o remount,bind,ro "$0"; umask ${key('UMask')};`;
    const words = [
      ...['nice', '-n', key('Nice'), 'ionice', '-c', '2', '-n', key('IOSchedulingPriority')],
      ...['setpriv', ...who, ...may, ...key('ExecStart').split(' ')],
    ];
    return spawn('unshare', this.inside(readOnly, words), {
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin', NODE_ENV: 'production' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  dispose(): void {
    this.unmount(this.root);
    this.unmount(this.memory);
    rmSync(this.memory, { recursive: true, force: true });
  }
}
