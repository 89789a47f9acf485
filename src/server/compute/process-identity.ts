import { readFileSync } from 'node:fs';

/**
 * A process is known by its number, its start time and the boot it lives in: numbers alone are given out again.
 * Linux only (proc(5)); elsewhere nothing is ever said to be alive.
 */
export interface ProcessIdentity {
  pid: number;
  /** Clock ticks since boot, field 22 of /proc/<pid>/stat, as text: it may exceed 2^53. */
  startTicks: string;
  bootId: string;
}

function readProc(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process is gone, or there is no /proc: both mean "not known here".
    return null;
  }
}

/** State letter and start time. The name (field 2) may hold spaces and brackets, so fields count from its last bracket. */
function processStat(pid: number): { state: string; startTicks: string } | null {
  const stat = readProc(`/proc/${pid}/stat`);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  const startTicks = fields[19];
  return state && startTicks ? { state, startTicks } : null;
}

export const bootId = (): string => readProc('/proc/sys/kernel/random/boot_id')?.trim() ?? 'unknown';

export function identityOf(pid: number): ProcessIdentity | null {
  const stat = processStat(pid);
  return stat ? { pid, startTicks: stat.startTicks, bootId: bootId() } : null;
}

/** True while this very process lives. One that is dead but not yet waited for by its parent (Z) is not alive. */
export function isAlive(identity: ProcessIdentity): boolean {
  const stat = processStat(identity.pid);
  if (!stat || stat.state === 'Z' || stat.state === 'X') return false;
  return stat.startTicks === identity.startTicks && bootId() === identity.bootId;
}

/** Sends a signal to a process, or to the group of the negative number; one that has ended meanwhile needs none. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
