import { formatDuration } from '#src/components/format.ts';
import type { ActivationView } from '#src/server/domain/instruments/activation-history.ts';

/** Who made an experiment the active one: a person in the web app, an account at an agent's machine, or a set-up script. */
export function switchedBy({ site, startedByName }: Pick<ActivationView, 'site' | 'startedByName'>): string {
  if (site) return `switched on site by ${site.by} at ${site.agentName}`;
  return startedByName === null ? 'by a set-up script' : `by ${startedByName}`;
}

/** How well the moment of a switch on site is known, and when the server learnt of it; null for others. */
export function siteDoubt({ site, startedAt }: Pick<ActivationView, 'site' | 'startedAt'>): string | null {
  if (!site) return null;
  const late = site.toldAt.getTime() - startedAt.getTime();
  return `known within ± ${formatDuration(Math.max(1, site.clockDoubtMs))}; the server learnt of it ${formatDuration(Math.max(0, late))} later`;
}

/** Share of the span [from, to] that a period covers, in per cent from its left; null when it lies outside. */
export function spanOf(
  { startedAt, endedAt }: Pick<ActivationView, 'startedAt' | 'endedAt'>,
  from: Date,
  to: Date,
  now: Date,
): { left: number; width: number } | null {
  const start = Math.max(startedAt.getTime(), from.getTime());
  const end = Math.min((endedAt ?? now).getTime(), to.getTime());
  if (end < start) return null;
  const whole = to.getTime() - from.getTime();
  return { left: (100 * (start - from.getTime())) / whole, width: (100 * (end - start)) / whole };
}
