import { execFileSync } from 'node:child_process';

/**
 * No file of the process may grow beyond `bytes` from now on (null = no limit): the kernel then refuses writes with EFBIG,
 * for any user, on any disk. Needs Linux.
 */
export function limitFileSize(pid: number, bytes: number | null): void {
  execFileSync('prlimit', ['--pid', `${pid}`, `--fsize=${bytes ?? 'unlimited'}:`]);
}
