import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { vi } from 'vitest';
import { NO_THROWAWAY_SYSTEM, type Ran, ThrowawaySystem } from './throwaway-system.ts';

const SYSTEMD = '/usr/lib/systemd/systemd';
/** What is started: enough for services that need no device and no login. */
const TARGET = 'trial.target';
const TARGET_TEXT = `[Unit]
Description=Trial
Requires=basic.target systemd-journald.service
`;
/** Capabilities (linux/capability.h) with which it could do something to this machine that its namespaces do not keep from it. */
const MUST_NOT = ['sys_module', 'sys_time', 'sys_boot', 'sys_rawio', 'net_admin', 'syslog', 'audit_control'];
const within = { timeout: 120_000, interval: 200 };

/** In a mount namespace: $0 the system's root, $1 where the groups of processes are mounted, $2 the name of the group for this one. */
const OWN_GROUP = `set -e
mount --make-rprivate /
mount -t cgroup2 cgroup2 "$1"
mkdir "$1/$2"
echo $$ > "$1/$2/cgroup.procs"`;

/** In namespaces of its own: what systemd expects of a machine; of the kernel's settings it can change none. */
const MACHINE = `set -e
mount --bind "$0" "$0"
mount -t proc proc "$0/proc"
mount --bind "$0/proc/sys" "$0/proc/sys"
mount -o remount,bind,ro "$0/proc/sys"
mount -t sysfs -o ro sysfs "$0/sys"
mount -t cgroup2 cgroup2 "$0/sys/fs/cgroup"
for folder in run dev; do mount -t tmpfs -o mode=755 tmpfs "$0/$folder"; done
mkdir "$0/dev/pts" "$0/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$0/dev/pts"
ln -s pts/ptmx "$0/dev/ptmx"
for device in null zero full random urandom tty; do
  touch "$0/dev/$device"
  mount --bind "/dev/$device" "$0/dev/$device"
done
cd "$0"
pivot_root . .
umount --lazy .
exec setpriv --bounding-set=${MUST_NOT.map((name) => `-${name}`).join(',')} \\
  env -i container=trial PATH=/usr/sbin:/usr/bin:/sbin:/bin ${SYSTEMD} --unit=${TARGET}`;

/** $0: a name for a group of processes. */
const PROBE = `mount --make-rprivate / && mount -t cgroup2 cgroup2 /sys/fs/cgroup &&
mkdir "/sys/fs/cgroup/$0" && rmdir "/sys/fs/cgroup/$0"`;

function whyNotBooted(): string | null {
  if (!existsSync(SYSTEMD)) return 'systemd not installed: apt-get install systemd';
  const own = ['--mount', '--pid', '--uts', '--ipc', '--cgroup', '--fork'];
  const { status } = spawnSync('unshare', [...own, 'sh', '-c', PROBE, `beamdeck-probe-${process.pid}`]);
  return status === 0 ? null : 'no namespaces with groups of processes (cgroup2) may be made here';
}

/** Why there can be none here, for the names of skipped tests. */
export const NO_BOOTED_SYSTEM: string | null = NO_THROWAWAY_SYSTEM ?? whyNotBooted();

/**
 * A throwaway system in which systemd is the first process, in namespaces for processes, mounts, names and groups: services run as their units
 * say. It shares the network with this machine, and starts nothing by itself but the journal.
 */
export class BootedSystem {
  private readonly system = new ThrowawaySystem();
  private readonly machine: ChildProcess;
  private readonly groups: string;
  private readonly ended: Promise<unknown>;
  private pid = 0;

  private constructor() {
    const { root } = this.system;
    for (const of of ['etc/systemd/system', 'usr/lib/systemd/system-generators', 'etc/fstab'])
      rmSync(this.at(of), { recursive: true, force: true });
    for (const of of ['sysinit', 'basic', 'sockets', 'timers', 'local-fs', 'multi-user'])
      rmSync(this.at(`usr/lib/systemd/system/${of}.target.wants`), { recursive: true, force: true });
    mkdirSync(this.at('etc/systemd/system'));
    writeFileSync(this.at(`etc/systemd/system/${TARGET}`), TARGET_TEXT);
    this.groups = mkdtempSync(join(root, '../groups-'));
    const own = ['--mount', '--pid', '--uts', '--ipc', '--cgroup', '--fork', '--kill-child'];
    const script = `${OWN_GROUP}\nexec unshare ${own.join(' ')} sh -c "$3" "$0"`;
    const words = ['--mount', 'sh', '-c', script, root, this.groups, this.group, MACHINE];
    this.machine = spawn('unshare', words, { stdio: ['ignore', 'inherit', 'inherit'] });
    this.ended = new Promise((resolve) => this.machine.once('exit', resolve));
  }

  /** Resolves when services can be started. */
  static async boot(): Promise<BootedSystem> {
    const booted = new BootedSystem();
    try {
      await vi.waitFor(() => booted.expectUp(), within);
    } catch (error) {
      await booted.dispose();
      throw error;
    }
    return booted;
  }

  private get group(): string {
    return `beamdeck-${basename(this.groups)}-${process.pid}`;
  }

  private expectUp(): void {
    const { pid } = this.machine;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    this.pid = Number(children);
    const { out, err } = this.run('systemctl', 'is-active', TARGET);
    if (out !== 'active\n') throw new Error(`systemd is not up: ${out}${err}`);
  }

  get root(): string {
    return this.system.root;
  }

  at(path: string): string {
    return this.system.at(path);
  }

  /** Runs a command beside its services. */
  run(...command: string[]): Ran {
    const into = ['--mount', '--pid', '--uts', '--ipc', '--cgroup', '--root', '--wd'];
    const { status, stdout, stderr } = spawnSync(
      'nsenter',
      ['--target', String(this.pid), ...into, '--', ...command],
      {
        env: {
          PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
          DEBIAN_FRONTEND: 'noninteractive',
          LC_ALL: 'C.UTF-8',
          NODE_ENV: 'production',
        },
        encoding: 'utf8',
      },
    );
    return { code: status, out: stdout, err: stderr };
  }

  /** A property of a unit, as systemctl show has it. */
  property(unit: string, name: string): string {
    return this.run('systemctl', 'show', unit, '--property', name, '--value').out.trim();
  }

  /** Ends all of it. */
  async dispose(): Promise<void> {
    this.machine.kill('SIGKILL');
    await this.ended;
    const remove = `mount -t cgroup2 cgroup2 "$0" && until find "$0/$1" -depth -type d -exec rmdir {} +; do sleep 0.2; done`;
    spawnSync('unshare', ['--mount', 'sh', '-c', remove, this.groups, this.group], { timeout: 10_000 });
    this.system.dispose();
  }
}
