import { readdirSync, readFileSync } from 'node:fs';

/** Processor time so far in seconds, user and system, per thread name (proc(5); clock ticks of 10 ms). */
export function threadTimes(pid: number | undefined): Record<string, { userS: number; systemS: number }> {
  const times: Record<string, { userS: number; systemS: number }> = {};
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const stat = readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8');
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const sum = times[name] ?? { userS: 0, systemS: 0 };
    times[name] = {
      userS: sum.userS + Number(fields[11]) / 100,
      systemS: sum.systemS + Number(fields[12]) / 100,
    };
  }
  return times;
}

/** Largest resident memory of a process so far, in bytes. */
export function peakResidentBytes(pid: number | undefined): number {
  const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) * 1024;
}

/** Processor time of all threads so far, in seconds, user and system; also of threads that have ended. */
export function processorSeconds(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Resident memory of a process now, in bytes. */
export function residentBytes(pid: number | undefined): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) * 1024;
}
