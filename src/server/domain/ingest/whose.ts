import type { Acquired } from '../../../shared/contracts/agent-files.ts';
import {
  type Assignment,
  acquiredAt,
  type FileTimes,
  marginOf,
  onlyExperimentBetween,
  whoseFile,
} from '../../../shared/model/whose-data.ts';
import type { Queryable } from '../../db/client.ts';
import type { AgentPrincipal } from '../agents/agent.policy.ts';
import { switchesMadeWithin } from '../agents/switch-times.ts';
import type { ServiceContext } from '../context.ts';
import { activationsTouching } from './series.repository.ts';
import { clockKnownFrom } from './source.repository.ts';

/** Whose data are, as rows keep it: an experiment, or the reason why there is none. */
export interface Owned {
  experimentId: string | null;
  unassignedReason: string | null;
}

export const ownedBy = (whose: Assignment): Owned => ({
  experimentId: 'experimentId' in whose ? whose.experimentId : null,
  unassignedReason: 'unassignedReason' in whose ? whose.unassignedReason : null,
});

/** What may go on with an acquisition of before a switch or not is nobody's until staff say so. */
export const perhapsOfFormer = (stem: string): Owned => ({
  experimentId: null,
  unassignedReason: `it has a name of ${stem}, which began before the active experiment was changed, and came after a pause: it may be part of that or not`,
});

export interface JudgedFile extends Owned {
  /** Server's clock; the last modification where nobody knows when it was acquired. */
  at: Date;
}

/** What an agent knows of a file's times, on the server's clock. */
export function timesOf(acquired: Acquired): FileTimes {
  const corrected = (iso: string) => new Date(Date.parse(iso) + acquired.clockOffsetMs);
  return {
    seenAt: corrected(acquired.seenAt),
    watchedSince: corrected(acquired.watchedSince),
    appearedAt: acquired.appearedAt === null ? null : corrected(acquired.appearedAt),
    modifiedAt: corrected(acquired.modifiedAt),
  };
}

/** The experiment that was active from then until now without a pause: whatever happened to a file meanwhile belongs to it. */
export async function onlyExperimentSince(
  q: Queryable,
  ctx: ServiceContext,
  agent: AgentPrincipal,
  since: Date,
): Promise<string | null> {
  const history = await activationsTouching(q, agent.instrumentId, since, ctx.now());
  const switches = await switchesMadeWithin(q, agent.instrumentId, since, ctx.now());
  return onlyExperimentBetween(history, since, ctx.now(), switches);
}

/** Whose each of these files is, by `whoseFile`; one look at the history for all of them. */
export async function judgeFiles(
  q: Queryable,
  ctx: ServiceContext,
  agent: AgentPrincipal,
  files: readonly Acquired[],
): Promise<JudgedFile[]> {
  if (files.length === 0) return [];
  const times = files.map(timesOf);
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const [index, known] of times.entries()) {
    const at = acquiredAt(known);
    if (at === null) continue;
    const margin = marginOf(files[index]!.clockDoubtMs);
    from = Math.min(from, at.getTime() - margin, known.modifiedAt.getTime() - margin);
    to = Math.max(to, at.getTime() + margin);
  }
  const knownFrom = await clockKnownFrom(q, agent.agentId);
  // From the last modification on: so the period of an experiment that was active without a pause is there as a whole.
  const span = from <= to ? ([new Date(from), new Date(to)] as const) : null;
  const history = span ? await activationsTouching(q, agent.instrumentId, ...span) : [];
  const switches = span ? await switchesMadeWithin(q, agent.instrumentId, ...span) : [];
  return times.map((known, index) => {
    const whose = whoseFile(known, ctx.now(), history, {
      doubtMs: files[index]!.clockDoubtMs,
      knownFrom,
      switches,
    });
    return { ...ownedBy(whose), at: acquiredAt(known) ?? known.modifiedAt };
  });
}
