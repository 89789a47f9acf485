import type { LicenceOwner } from './accounting.ts';

/** A licence that may pay for a run of somebody, as it stands now. */
export interface SponsorLicence {
  licenceId: string;
  name: string;
  ownerKind: LicenceOwner;
  validFrom: Date;
  validUntil: Date;
  /** Neither used nor set aside. */
  leftCpuMs: number;
  /** Of the facility, a lab of the starter, or the starter: pays without a rule (a facility's only while it has none). */
  isOwn: boolean;
}

/** A rule by which a licence pays; null = whatever. */
export interface SponsorRule {
  ruleId: string;
  licenceId: string;
  instrumentId: string | null;
  experimentId: string | null;
  templateSlug: string | null;
  validUntil: Date | null;
  /** Of the most that it pays, what is left; null = as much as the licence has. */
  leftCpuMs: number | null;
}

/** What a rule names, told of a run that it pays for. */
export interface PayingRule {
  template: boolean;
  experiment: boolean;
  instrument: boolean;
}

export interface SponsorQuestion {
  now: Date;
  instrumentId: string;
  experimentId: string;
  templateSlug: string;
  neededCpuMs: number;
  licences: readonly SponsorLicence[];
  /** Every rule of these licences that has not been ended. */
  rules: readonly SponsorRule[];
}

/** Why a sponsor cannot pay: the licence's time, the licence's hours, the end of its rule, the most that its rule pays. */
export type SponsorLack = 'not-yet' | 'ended' | 'hours' | 'rule-ended' | 'rule-hours';

/** A licence that may be asked, with what it could pay. */
export interface Sponsor {
  licence: SponsorLicence;
  /** By which it pays; null = it needs none. */
  rule: SponsorRule | null;
  /** What licence and rule both have left. */
  leftCpuMs: number;
  /** Until when it pays, by licence and rule. */
  until: Date;
  lack: SponsorLack | null;
}

export type SponsorChoice = { sponsor: Sponsor; lack: null } | { sponsor: Sponsor | null; lack: 'refused' };

const matches = (rule: SponsorRule, asked: SponsorQuestion): boolean =>
  (rule.instrumentId ?? asked.instrumentId) === asked.instrumentId &&
  (rule.experimentId ?? asked.experimentId) === asked.experimentId &&
  (rule.templateSlug ?? asked.templateSlug) === asked.templateSlug;

/** What a rule names more closely goes before: the experiment before the instrument before the template. */
const closeness = (rule: SponsorRule | null): number =>
  rule === null
    ? -1
    : (rule.experimentId ? 4 : 0) + (rule.instrumentId ? 2 : 0) + (rule.templateSlug ? 1 : 0);

const OWNER_ORDER: Readonly<Record<LicenceOwner, number>> = { facility: 0, lab: 1, user: 2 };

function sponsorOf(licence: SponsorLicence, rule: SponsorRule | null, asked: SponsorQuestion): Sponsor {
  const { now, neededCpuMs } = asked;
  const until =
    rule?.validUntil && rule.validUntil < licence.validUntil ? rule.validUntil : licence.validUntil;
  const ruleLeft = rule?.leftCpuMs ?? Number.POSITIVE_INFINITY;
  const leftCpuMs = Math.max(0, Math.min(licence.leftCpuMs, ruleLeft));
  const lack = (): SponsorLack | null => {
    if (now < licence.validFrom) return 'not-yet';
    if (licence.validUntil <= now) return 'ended';
    if (until <= now) return 'rule-ended';
    if (licence.leftCpuMs < neededCpuMs) return 'hours';
    return ruleLeft < neededCpuMs ? 'rule-hours' : null;
  };
  return { licence, rule, leftCpuMs, until, lack: lack() };
}

/**
 * The licences that may be asked to pay for a run, in the order in which they are: what a rule names before what is there for everybody; then the
 * facility's, the labs', one's own; of equals what ends first. Each once, by the closest of its rules that covers the run. A licence of the
 * facility without rules pays for everything there, one with rules only for what they say; those of labs and people pay for what their people
 * start, and for what their rules say besides. The list includes those that cannot pay now, with the reason.
 */
export function sponsorsFor(asked: SponsorQuestion): Sponsor[] {
  const sponsors = asked.licences.flatMap((licence): Sponsor[] => {
    const rules = asked.rules.filter(({ licenceId }) => licenceId === licence.licenceId);
    const needsRule = !licence.isOwn || (licence.ownerKind === 'facility' && rules.length > 0);
    const ways = [...rules.filter((rule) => matches(rule, asked)), ...(needsRule ? [] : [null])]
      .sort((a, b) => closeness(b) - closeness(a))
      .map((rule) => sponsorOf(licence, rule, asked));
    const way = ways.find(({ lack }) => lack === null) ?? ways[0];
    return way ? [way] : [];
  });
  const order = (a: Sponsor, b: Sponsor) =>
    closeness(b.rule) - closeness(a.rule) ||
    OWNER_ORDER[a.licence.ownerKind] - OWNER_ORDER[b.licence.ownerKind] ||
    a.until.getTime() - b.until.getTime() ||
    (a.licence.licenceId < b.licence.licenceId ? -1 : 1);
  return sponsors.sort(order);
}

/**
 * Who pays: the first that can, or the one that is wanted and no other. Refused, the one that lacks least is named (what is valid before what is
 * not, then what has most left); null when there is none at all, or the wanted one does not pay for this.
 */
export function chooseSponsor(asked: SponsorQuestion, wantedLicenceId: string | null): SponsorChoice {
  const sponsors = sponsorsFor(asked).filter(
    ({ licence }) => wantedLicenceId === null || licence.licenceId === wantedLicenceId,
  );
  const able = sponsors.find(({ lack }) => lack === null);
  if (able) return { sponsor: able, lack: null };
  const isValid = ({ lack }: Sponsor) => lack === 'hours' || lack === 'rule-hours';
  const [nearest] = [...sponsors].sort(
    (a, b) => Number(isValid(b)) - Number(isValid(a)) || b.leftCpuMs - a.leftCpuMs,
  );
  return { sponsor: nearest ?? null, lack: 'refused' };
}
