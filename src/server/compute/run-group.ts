import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { sendSignal } from './process-identity.ts';

/**
 * Where control groups can be made on this machine, or the folders of one such group. Each controller has a folder of its own with version 1
 * (cgroup-v1/*.rst of the kernel's documentation); with version 2 (cgroup-v2.rst) all name the same one.
 */
export interface ControlGroups {
  version: 1 | 2;
  cpu: string;
  cpuacct: string;
  memory: string;
  pids: string;
}

/*
 * The control group of one run: its limits hold for all that the run starts, together. Its supervisor makes it and removes it; what a killed
 * supervisor leaves is removed by the driver.
 */
export interface GroupLimits {
  cpus: number;
  memoryBytes: number;
  /** Processes and threads. */
  processes: number;
}

/** Microseconds: CPU time is given out anew each period. */
const PERIOD_US = 100_000;
/** How long dying processes may keep a group. */
const REMOVE_MS = 10_000;

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;
const foldersOf = ({ cpu, cpuacct, memory, pids }: ControlGroups) => [
  ...new Set([cpu, cpuacct, memory, pids]),
];

function writeIfThere(path: string, value: string): void {
  if (existsSync(path)) writeFileSync(path, value);
}

function setLimits(group: ControlGroups, { cpus, memoryBytes, processes }: GroupLimits): void {
  const quotaUs = Math.round(cpus * PERIOD_US);
  writeFileSync(`${group.pids}/pids.max`, `${processes}`);
  if (group.version === 1) {
    writeFileSync(`${group.memory}/memory.limit_in_bytes`, `${memoryBytes}`);
    // Memory and swap together; absent in kernels that do not count swap.
    writeIfThere(`${group.memory}/memory.memsw.limit_in_bytes`, `${memoryBytes}`);
    writeFileSync(`${group.cpu}/cpu.cfs_period_us`, `${PERIOD_US}`);
    try {
      writeFileSync(`${group.cpu}/cpu.cfs_quota_us`, `${quotaUs}`);
    } catch (error) {
      // More than a group above has, which holds in any case.
      if (codeOf(error) !== 'EINVAL') throw error;
    }
    return;
  }
  writeFileSync(`${group.memory}/memory.max`, `${memoryBytes}`);
  writeIfThere(`${group.memory}/memory.swap.max`, '0');
  // A run that lost one of its processes for want of memory is not to go on as if nothing had been.
  writeIfThere(`${group.memory}/memory.oom.group`, '1');
  writeFileSync(`${group.cpu}/cpu.max`, `${quotaUs} ${PERIOD_US}`);
}

/**
 * A new group in each of the folders. Its name is told before it is made, so that it can be written down first: nobody would find what a kill in
 * between left. `make` throws when the system refuses.
 */
export function makeGroup(
  groups: ControlGroups,
  name: string,
  limits: GroupLimits,
): { group: ControlGroups; make: () => void } {
  const unique = `${name}-${randomBytes(4).toString('hex')}`;
  const { version, cpu, cpuacct, memory, pids } = groups;
  const group: ControlGroups = {
    version,
    cpu: `${cpu}/${unique}`,
    cpuacct: `${cpuacct}/${unique}`,
    memory: `${memory}/${unique}`,
    pids: `${pids}/${unique}`,
  };
  const make = () => {
    for (const folder of foldersOf(group)) mkdirSync(folder);
    setLimits(group, limits);
  };
  return { group, make };
}

/** What a command line begins with to be in a group from its first moment: a shell moves itself there and becomes the program. */
export function enterCommand(group: ControlGroups): string[] {
  const enter = 'while [ "$1" != -- ]; do echo 0 > "$1" || exit 125; shift; done; shift; exec "$@"';
  return [
    '/bin/sh',
    '-c',
    enter,
    'enter',
    ...foldersOf(group).map((folder) => `${folder}/cgroup.procs`),
    '--',
  ];
}

/** The number behind a word at the start of a line; null when file or word are not there. */
function numberIn(path: string, word: string): number | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    // The group is gone, or this kernel does not tell.
    return null;
  }
  const line = text.split('\n').find((each) => each.startsWith(`${word} `));
  return line === undefined ? null : Number(line.slice(word.length + 1));
}

/** CPU time of all that ran in the group, milliseconds. */
export function cpuMsOf(group: ControlGroups): number | null {
  if (group.version === 2) {
    const usageUs = numberIn(`${group.cpu}/cpu.stat`, 'usage_usec');
    return usageUs === null ? null : Math.round(usageUs / 1000);
  }
  try {
    return Math.round(Number(readFileSync(`${group.cpuacct}/cpuacct.usage`, 'utf8')) / 1e6);
  } catch {
    return null;
  }
}

/**
 * Memory in use now, bytes: what the programs allocated and wrote into memory disks. Pages that only cache files are left out: the kernel's own
 * peaks count them, and would call every run that reads much large.
 */
export function memoryBytesOf(group: ControlGroups): number {
  const path = `${group.memory}/memory.stat`;
  const [own, shared] = group.version === 1 ? ['total_rss', 'total_shmem'] : ['anon', 'shmem'];
  return (numberIn(path, own!) ?? 0) + (numberIn(path, shared!) ?? 0);
}

/** How many processes of the group the kernel has ended because the group was out of memory. */
export function memoryKillsOf(group: ControlGroups): number {
  const file = group.version === 1 ? 'memory.oom_control' : 'memory.events';
  return numberIn(`${group.memory}/${file}`, 'oom_kill') ?? 0;
}

/** Numbers of the processes in the group, as this process sees them. */
export function processesOf(group: ControlGroups): number[] {
  try {
    return readFileSync(`${group.pids}/cgroup.procs`, 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function killAll(group: ControlGroups): void {
  // No new ones first: a fork bomb makes them faster than they can be ended.
  try {
    writeFileSync(`${group.pids}/pids.max`, '0');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  for (const pid of processesOf(group)) {
    sendSignal(pid, 'SIGKILL');
  }
}

/** Ends whatever is left in the group and removes it. What cannot be removed within ten seconds (a process in an uninterruptible wait) stays. */
export async function endGroup(group: ControlGroups): Promise<void> {
  const deadline = Date.now() + REMOVE_MS;
  let left = foldersOf(group);
  for (;;) {
    killAll(group);
    left = left.filter((folder) => !isRemoved(folder));
    if (left.length === 0 || Date.now() > deadline) return;
    await sleep(10);
  }
}

function isRemoved(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return true;
    if (codeOf(error) === 'EBUSY') return false;
    throw error;
  }
}
