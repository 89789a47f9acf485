import type { AppError } from '../../../shared/errors/app-error.ts';
import type { LicenceOwner } from '../../../shared/model/accounting.ts';
import type { PayingRule } from '../../../shared/model/sponsor.ts';
import type { Queryable } from '../../db/client.ts';
import { offerSponsors } from '../accounting/sponsors.ts';
import { roomForResults } from '../accounting/storage.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import type { ExperimentRow } from '../experiments/experiment.policy.ts';
import { analysisOver } from '../experiments/processing-window.ts';
import { networkLack } from '../templates/network-permission.ts';
import { lacking } from '../templates/use-template.ts';
import type { TemplateRow } from './job-template.repository.ts';
import { costOfRun, type SizeAdvice } from './run-cost.ts';

export interface OfferedSponsor {
  licenceId: string;
  name: string;
  owner: LicenceOwner;
  leftCpuMs: number;
  until: Date;
  /** Whether it covers this run. */
  covers: boolean;
  /** What the rule names by which it pays; null: it pays without one, as what the facility, a lab or a person has. */
  rule: PayingRule | null;
}

/** What is said before the button: what a run would cost, who would pay, and why not. */
export interface RunOffer {
  profiles: {
    profileId: string;
    name: string;
    cpus: number;
    memoryBytes: number;
    gpu: string | null;
    priceMilli: number;
  }[];
  /** The one it would run in; null: one CPU. */
  profileId: string | null;
  /** What is set aside; what it really takes is charged. */
  cpuMs: number;
  wallMs: number;
  /** The estimate rests on so many past runs; 0: on the time limit of the template. */
  pastRuns: number;
  /** Whether those had this size. */
  ofThisSize: boolean;
  /** It reaches the network. */
  network: boolean;
  /** What sizes have mostly taken, of which that is known. */
  advice: SizeAdvice[];
  /** False: nobody is charged at this facility. */
  charges: boolean;
  sponsors: OfferedSponsor[];
  /** Of the facility, in whose days the licences end. */
  timeZone: string;
  /** Who would pay; null when nobody does. */
  licenceId: string | null;
  /** Why it cannot be started now, in words; null when it can. `until`: when the time for analysis ended. */
  refused: { code: string; message: string; until: string | null } | null;
}

/** What `createJob` would do for a person, without doing it. */
export async function offerRun(
  q: Queryable,
  ctx: ServiceContext,
  input: {
    experiment: ExperimentRow;
    template: TemplateRow;
    profileId: string | null;
    licenceId: string | null;
  },
): Promise<RunOffer> {
  const { experiment, template } = input;
  const { instrumentId } = experiment;
  const cost = await costOfRun(q, { instrumentId, template, wantedProfileId: input.profileId });
  const offer = await offerSponsors(
    q,
    ctx,
    {
      ...{ instrumentId, experimentId: experiment.id, templateSlug: template.slug },
      ...{ personId: actingPerson(ctx), cpuMs: cost.cpuMs },
    },
    input.licenceId,
  );
  const over = await analysisOver(q, ctx, experiment.id);
  const refusal: AppError | null =
    over ??
    lacking(template) ??
    (await networkLack(q, template, experiment.id)) ??
    (await roomForResults(q, ctx, experiment.facilityId)) ??
    offer.refused;
  return {
    profiles: cost.profiles.map(({ id, name, cpus, memoryBytes, gpu, priceMilli }) => ({
      ...{ profileId: id, name, cpus, memoryBytes, gpu, priceMilli },
    })),
    ...{ profileId: cost.profileId, cpuMs: cost.cpuMs, wallMs: cost.wallMs, pastRuns: cost.pastRuns },
    ...{ ofThisSize: cost.ofThisSize, advice: cost.advice, network: template.network },
    ...{ charges: offer.charges, timeZone: offer.timeZone },
    sponsors: offer.sponsors.map(({ licence, rule, leftCpuMs, until, lack }) => ({
      ...{ licenceId: licence.licenceId, name: licence.name, owner: licence.ownerKind },
      ...{ leftCpuMs, until, covers: lack === null },
      rule: rule && {
        template: rule.templateSlug !== null,
        experiment: rule.experimentId !== null,
        instrument: rule.instrumentId !== null,
      },
    })),
    licenceId: offer.chosen?.licence.licenceId ?? null,
    refused: refusal && {
      ...{ code: refusal.code, message: refusal.message },
      until: over ? ((over.details?.until as string | null | undefined) ?? null) : null,
    },
  };
}
