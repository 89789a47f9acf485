import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RunLimits } from './compute.port.ts';
import type { ControlGroups } from './run-group.ts';

/** What this machine has for limits. */
export interface LimitMeans {
  groups: ControlGroups | null;
  /** prlimit(1). */
  hasPrlimit: boolean;
}

const NOBODY_ID = 65_534;
/** From here on nobody gives out user ids (systemd, UIDS-GIDS.md). */
const FIRST_RUN_ID = 0x7000_0000;

/** Whether this system knows the id: one in a container may have been lent only a part of them (user_namespaces(7)). */
function isMapped(userId: number): boolean {
  return readFileSync('/proc/self/uid_map', 'utf8')
    .trim()
    .split('\n')
    .some((line) => {
      const [first = 0, , count = 0] = line.trim().split(/\s+/).map(Number);
      return userId >= first && userId < first + count;
    });
}

/**
 * The user id of a run: its own, so that runs can do nothing to one another and limits per user are its alone. Of sixteen million, by its name.
 * Where such ids are not to be had, that of nobody.
 */
export function userIdOf(runRef: string): number {
  const userId = FIRST_RUN_ID + createHash('sha256').update(runRef).digest().readUIntBE(0, 3);
  return isMapped(userId) ? userId : NOBODY_ID;
}

/** What a command line begins with for the limits of setrlimit(2), which hold for each process, or for each user. */
export function limitCommand(
  hasOwnId: boolean,
  limits: Pick<RunLimits, 'memoryBytes' | 'processes' | 'outputBytes'>,
  { groups, hasPrlimit }: LimitMeans,
): string[] {
  if (!hasPrlimit) return [];
  const command = ['prlimit', '--core=0', '--nofile=4096', `--fsize=${limits.outputBytes}`];
  if (!groups) {
    // Data, not address space: V8 reserves many times what it uses.
    command.push(`--data=${limits.memoryBytes}`);
    // Counted per user: of root none are, and a person who runs this on a laptop has processes of their own.
    if (hasOwnId) command.push(`--nproc=${limits.processes}`);
  }
  return [...command, '--'];
}

/** What holds the limits of runs here, as told to people. */
export function limitWords(hasOwnId: boolean, { groups, hasPrlimit }: LimitMeans): string {
  if (groups) return `CPUs, memory and processes limited by control groups (version ${groups.version})`;
  if (!hasPrlimit) return 'CPUs, memory and processes not limited';
  return hasOwnId
    ? 'processes limited, memory limited for each of them, CPUs not limited'
    : 'memory limited for each process, CPUs and processes not limited';
}

/** For programs that would start as many threads as the machine has processors: how many they have been given. */
export const cpuVariables = (cpus: number): Record<string, string> => ({
  JOB_CPUS: String(cpus),
  OMP_NUM_THREADS: String(cpus),
});
