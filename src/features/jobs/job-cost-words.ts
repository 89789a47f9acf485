import { formatDay, formatDuration } from '#src/components/format.ts';
import type { JobView, OfferedSponsor, RunOffer } from '#src/server/domain/jobs/jobs.service.ts';
import { hoursText } from '#src/shared/model/accounting.ts';
import type { PayingRule } from '#src/shared/model/sponsor.ts';

type Paid = Pick<
  JobView,
  'licenceId' | 'sponsorName' | 'reservedCpuMs' | 'chargedCpuMs' | 'unchargedCpuMs' | 'overAllowance'
>;

/** CPU hours as a row shows them: charged once it has ended, set aside before; null where nobody pays. */
export function costInRow(job: Paid): { text: string; isSetAside: boolean } | null {
  if (job.licenceId === null) return null;
  return job.chargedCpuMs === null
    ? { text: hoursText(job.reservedCpuMs), isSetAside: true }
    : { text: hoursText(job.chargedCpuMs), isSetAside: false };
}

/** What a job costs whom, in one sentence. */
export function costSentence(job: Paid): string {
  const grace = job.overAllowance ? ' Its trigger started it on grace: no licence covered it.' : '';
  if (job.licenceId === null) {
    return job.overAllowance
      ? `Nobody is charged.${grace}`
      : 'Not charged: the facility charged nobody for runs.';
  }
  const sponsor = `“${job.sponsorName ?? ''}”`;
  if (job.chargedCpuMs === null) {
    return `${hoursText(job.reservedCpuMs)} CPU h of ${sponsor} set aside; what it takes is charged.${grace}`;
  }
  const beyond = job.unchargedCpuMs
    ? ` ${hoursText(job.unchargedCpuMs)} CPU h beyond that are charged to nobody.`
    : '';
  if (job.chargedCpuMs === 0 && !job.unchargedCpuMs) return `Cost ${sponsor} nothing.${grace}`;
  return `${hoursText(job.chargedCpuMs)} CPU h charged to ${sponsor}.${beyond}${grace}`;
}

const OWNERS: Readonly<Record<OfferedSponsor['owner'], string>> = {
  facility: 'facility',
  lab: 'lab',
  user: 'your own',
};

/** A licence in a list to choose from: "Facility 2026 (facility, 412 CPU h left)". */
export const sponsorOption = (sponsor: OfferedSponsor): string =>
  `${sponsor.name} (${OWNERS[sponsor.owner]}, ${hoursText(sponsor.leftCpuMs)} CPU h left)`;

/** What a rule pays for, seen from a run by it: "this template at this instrument". */
function ruleWords({ template, experiment, instrument }: PayingRule): string {
  const place = `${experiment ? ' of this experiment' : ''}${instrument ? ' at this instrument' : ''}`;
  return `${template ? 'this template' : 'all runs'}${place}`;
}

/** By which of the facility's rules a job is paid; null: by none. */
export const ruleSentence = (rule: PayingRule | null): string | null =>
  rule && `Paid by a rule for ${ruleWords(rule)}.`;

const WITHOUT_RULE: Readonly<Record<OfferedSponsor['owner'], string>> = {
  facility: 'It pays for every run at the facility',
  lab: 'It pays for what people of your lab start',
  user: 'It is your own',
};

/** Why a licence pays for a run, and how long. */
export function payingSentence(
  { owner, rule, until }: Pick<OfferedSponsor, 'owner' | 'rule' | 'until'>,
  timeZone: string,
): string {
  const why = rule ? `It pays by a rule for ${ruleWords(rule)}` : WITHOUT_RULE[owner];
  // The end is the first instant at which it pays no more.
  return `${why}, until ${formatDay(new Date(until.getTime() - 1), timeZone)}.`;
}

/** What stands before the button: how much of which licence, and what that is based on. Null when it cannot be started. */
export function offerSentence(offer: RunOffer): { cost: string; basis: string; why: string } | null {
  if (offer.refused) return null;
  const basis =
    offer.pastRuns === 0
      ? `Set aside is what it may take at most, ${formatDuration(offer.wallMs)}; what it takes is charged.`
      : `By the last ${offer.pastRuns} runs${offer.ofThisSize && offer.profiles.length > 1 ? ' of this size' : ''} it takes no more than ${formatDuration(offer.wallMs)}; what it takes is charged.`;
  if (!offer.charges) {
    return {
      cost: 'Nobody is charged: the facility has given no CPU hours to a licence yet.',
      ...{ basis: '', why: '' },
    };
  }
  const sponsor = offer.sponsors.find(({ licenceId }) => licenceId === offer.licenceId);
  if (!sponsor) return null;
  return {
    cost: `${hoursText(offer.cpuMs)} CPU h of “${sponsor.name}” (${hoursText(sponsor.leftCpuMs)} left)`,
    why: payingSentence(sponsor, offer.timeZone),
    basis,
  };
}

/** What past runs took in each size: "Mostly: 8 CPUs 7 min 0.9 h · 32 CPUs 4 min 2.1 h". Null where there is no choice, or too few are known. */
export function adviceSentence(offer: Pick<RunOffer, 'advice' | 'profiles' | 'charges'>): string | null {
  if (offer.profiles.length < 2) return null;
  const words = offer.advice.flatMap(({ profileId, wallMs, cpuMs }) => {
    const profile = offer.profiles.find((each) => each.profileId === profileId);
    if (!profile) return [];
    const size = `${profile.cpus} ${profile.cpus === 1 ? 'CPU' : 'CPUs'}${profile.gpu ? ` ${profile.gpu}` : ''}`;
    const cost = offer.charges ? ` ${hoursText(cpuMs)}\u00a0h` : '';
    return [`${size} ${formatDuration(wallMs)}${cost}`];
  });
  return words.length === 0 ? null : `Mostly: ${words.join(' · ')}`;
}
