import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { demo, demoFile } from '../demo-facility.ts';

/** What `up` runs and these journeys kill, by its name in the log. */
export const PROCESS_NAMES = ['hub', 'web', 'worker', 'data', 'db'] as const;
export type ProcessName = (typeof PROCESS_NAMES)[number];

type Pids = Readonly<Record<ProcessName, number>>;

/** `up` writes the file anew with every change. */
export const runningPids = (): Pids =>
  JSON.parse(readFileSync(path.join(path.dirname(demoFile), 'pids.json'), 'utf8')) as Pids;

/** Power off, for one process: no signal handler, no flush. */
export function killNow(names: readonly ProcessName[]): Pids {
  const pids = runningPids();
  for (const name of names) process.kill(pids[name], 'SIGKILL');
  return pids;
}

/** Waits until `up` has put new processes in the place of the killed ones. */
export async function untilRestarted(names: readonly ProcessName[], killed: Pids): Promise<void> {
  const until = Date.now() + 60_000;
  while (names.some((name) => runningPids()[name] === killed[name])) {
    if (Date.now() > until) throw new Error(`${names.join(', ')} did not start again within a minute`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function restartHub(): Promise<void> {
  const before = runningPids();
  process.kill(before.hub, 'SIGTERM');
  await untilRestarted(['hub'], before);
}

/**
 * Changes the HUB's configuration as an operator would: hub.toml, then a restart. Call what it returns when the journey is over: it
 * brings back what was there, for those that follow.
 */
export async function changeHubConfig(edit: (text: string) => string): Promise<() => Promise<void>> {
  const file = demo.hub.config;
  const before = readFileSync(file, 'utf8');
  writeFileSync(file, edit(before), { mode: 0o600 });
  await restartHub();
  return async () => {
    writeFileSync(file, before, { mode: 0o600 });
    await restartHub();
  };
}

/** Has the HUB take a series for ended after `seconds` without images; returns what takes that back. */
export function setSeriesTimeout(seconds: number): Promise<() => Promise<void>> {
  const own = `series_timeout_s = ${seconds}\narmed_timeout_s = ${seconds}\n`;
  return changeHubConfig((text) =>
    text
      .replaceAll(/^(series|armed)_timeout_s = .*\n/gm, '')
      .replaceAll(/^endpoints = .*\n/gm, (line) => line + own),
  );
}
