import { runCostMs } from '../../../shared/model/accounting.ts';
import { estimateWallMs, LEAST_RUNS, medianMs } from '../../../shared/model/run-estimate.ts';
import type { Queryable } from '../../db/client.ts';
import { profileFor, profilesAt } from '../accounting/run-profile.ts';
import { type PastRun, pastRuns } from './job-cost.repository.ts';
import type { TemplateRow } from './job-template.repository.ts';

/** So many of the newest runs say how long the next will take, in all sizes together; of one size so many. */
const PAST_RUNS = 200;
const PAST_RUNS_OF_SIZE = 50;
/** What a run without a profile counts as: one CPU. */
const ONE_CPU_MILLI = 1000;

export interface RunCost {
  profiles: Awaited<ReturnType<typeof profilesAt>>;
  /** Null: one CPU. */
  profileId: string | null;
  /** CPU hours per hour, in thousandths. */
  priceMilli: number;
  /** It will hardly take longer. */
  wallMs: number;
  /** What is set aside for it, CPU milliseconds. */
  cpuMs: number;
  /** By so many past runs; 0: by the time limit. */
  pastRuns: number;
  /** Whether those were of this size; there may be too few of it. */
  ofThisSize: boolean;
  advice: SizeAdvice[];
}

/** What runs of one size have mostly taken. */
export interface SizeAdvice {
  profileId: string;
  runs: number;
  wallMs: number;
  cpuMs: number;
}

/** What is known of each size by its past runs, in the order of the profiles; sizes in which too few ran are left out. */
function adviceOf(profiles: RunCost['profiles'], past: readonly PastRun[]): SizeAdvice[] {
  return profiles.flatMap(({ id, priceMilli }) => {
    const ofSize = past.filter(({ profileId }) => profileId === id).slice(0, PAST_RUNS_OF_SIZE);
    const wallMs = medianMs(ofSize.map((run) => run.wallMs));
    if (wallMs === null || ofSize.length < LEAST_RUNS) return [];
    return [{ profileId: id, runs: ofSize.length, wallMs, cpuMs: runCostMs(priceMilli, wallMs) }];
  });
}

/** What a run of a template may cost at an instrument, in the wanted profile or the usual one. NOT_FOUND for a profile that is not there. */
export async function costOfRun(
  q: Queryable,
  input: { instrumentId: string; template: TemplateRow; wantedProfileId: string | null },
): Promise<RunCost> {
  const { instrumentId, template, wantedProfileId } = input;
  const profiles = await profilesAt(q, instrumentId);
  const profile = profileFor(profiles, wantedProfileId, template.memoryLimitBytes);
  const all = await pastRuns(q, { templateId: template.id, instrumentId, limit: PAST_RUNS });
  const ofSize = all.filter(({ profileId }) => profileId === (profile?.id ?? null));
  const ofThisSize = ofSize.length >= LEAST_RUNS;
  const past = (ofThisSize ? ofSize : all).slice(0, PAST_RUNS_OF_SIZE).map((run) => run.wallMs);
  const limitMs = template.timeLimitS * 1000;
  const wallMs = estimateWallMs(past, limitMs);
  const priceMilli = profile?.priceMilli ?? ONE_CPU_MILLI;
  return {
    ...{ profiles, profileId: profile?.id ?? null, priceMilli, wallMs },
    cpuMs: runCostMs(priceMilli, wallMs),
    pastRuns: wallMs === limitMs ? 0 : past.length,
    ofThisSize,
    advice: adviceOf(profiles, all),
  };
}
