import { runCostMs } from '../../../shared/model/accounting.ts';
import { estimateWallMs } from '../../../shared/model/run-estimate.ts';
import type { Queryable } from '../../db/client.ts';
import { profileFor, profilesAt } from '../accounting/run-profile.ts';
import { pastWallMs } from './job-cost.repository.ts';
import type { TemplateRow } from './job-template.repository.ts';

/** So many of the newest runs say how long the next will take. */
const PAST_RUNS = 50;
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
}

/** What a run of a template may cost at an instrument, in the wanted profile or the usual one. NOT_FOUND for a profile that is not there. */
export async function costOfRun(
  q: Queryable,
  input: { instrumentId: string; template: TemplateRow; wantedProfileId: string | null },
): Promise<RunCost> {
  const { instrumentId, template, wantedProfileId } = input;
  const profiles = await profilesAt(q, instrumentId);
  const profile = profileFor(profiles, wantedProfileId, template.memoryLimitBytes);
  const past = await pastWallMs(q, { templateId: template.id, instrumentId, limit: PAST_RUNS });
  const limitMs = template.timeLimitS * 1000;
  const wallMs = estimateWallMs(past, limitMs);
  const priceMilli = profile?.priceMilli ?? ONE_CPU_MILLI;
  return {
    ...{ profiles, profileId: profile?.id ?? null, priceMilli, wallMs },
    cpuMs: runCostMs(priceMilli, wallMs),
    pastRuns: wallMs === limitMs ? 0 : past.length,
  };
}
