import { readFileSync } from 'node:fs';
import type { Clocks, RememberedClock } from './clock-offset.ts';

/** The clocks of this machine. @param wall milliseconds since 1970 */
export function machineClocks(wall: () => number): Clocks {
  // One reading of /proc/uptime joins the clock of this process to that of the machine.
  const startedMs = uptimeMs() - performance.now();
  return { wall, steady: () => startedMs + performance.now(), boot: bootId() };
}

/** Milliseconds since the machine was started, time asleep included; 0 where the system does not tell. */
function uptimeMs(): number {
  try {
    return 1000 * Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
  } catch {
    // Not Linux: `bootId` is empty too, and nothing is compared over restarts.
    return 0;
  }
}

/** Changes with every start of the machine; empty where the system does not tell. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Not Linux: then every start is taken for one after a reboot, which only costs checking the spool and the clock.
    return '';
  }
}

/** From the journal's text; null when there is none or it was written by another version. */
export function rememberedClock(text: string | null): RememberedClock | null {
  if (text === null) return null;
  try {
    const value = JSON.parse(text) as Partial<RememberedClock> | null;
    const { offsetMs, doubtMs, wallMs, steadyMs, boot } = value ?? {};
    const numbers = [offsetMs, doubtMs, wallMs, steadyMs];
    return numbers.every(Number.isFinite) && typeof boot === 'string' ? (value as RememberedClock) : null;
  } catch {
    return null;
  }
}
