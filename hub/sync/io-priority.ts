import { readdirSync } from 'node:fs';
import type koffiType from 'koffi';

/*
 * The beamline's own disk accesses go first, also where no service manager says so: the lowest best-effort priority, as the unit has it.
 * Not the class "idle": on a disk that is always busy nothing would ever be sent. ioprio_set(2) and linux/ioprio.h; the C library has no
 * function for it, and the number of the call depends on the processor.
 */

const CALLS: Readonly<Record<string, { set: number; get: number }>> = {
  x64: { set: 251, get: 252 },
  arm64: { set: 30, get: 31 },
};
/** IOPRIO_WHO_PROCESS: of one thread. */
const THREAD = 1;
const CLASS_SHIFT = 13;
const BEST_EFFORT = 2;
const IDLE = 3;
const LOWEST = (BEST_EFFORT << CLASS_SHIFT) | 7;

/**
 * For all threads there are; those that they make later inherit it. What is lower already stays. Does nothing on other systems; throws
 * what the library says.
 */
export async function lowerIoPriority(): Promise<void> {
  const calls = process.platform === 'linux' ? CALLS[process.arch] : undefined;
  if (calls === undefined) return;
  const { default: koffi } = (await import('koffi')) as { default: typeof koffiType };
  const system = koffi
    .load('libc.so.6')
    .func('int64_t syscall(int64_t number, int64_t which, int64_t who, int64_t priority)');
  for (const name of readdirSync('/proc/self/task')) {
    const thread = Number(name);
    const isIdle = Number(system(calls.get, THREAD, thread, 0)) >> CLASS_SHIFT === IDLE;
    // A thread may have ended since.
    if (!isIdle) system(calls.set, THREAD, thread, LOWEST);
  }
}
