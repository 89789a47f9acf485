import { describe, expect, it } from 'vitest';
import type { RunOffer } from '#src/server/domain/jobs/jobs.service.ts';
import { HOUR_MS } from '#src/shared/model/accounting.ts';
import type { PayingRule } from '#src/shared/model/sponsor.ts';
import {
  adviceSentence,
  costInRow,
  costSentence,
  offerSentence,
  payingSentence,
  ruleSentence,
  sponsorOption,
} from './job-cost-words.ts';

const paid = {
  licenceId: 'x',
  sponsorName: 'Facility 2026',
  reservedCpuMs: 0.2 * HOUR_MS,
  chargedCpuMs: null,
  unchargedCpuMs: null,
  overAllowance: false,
};
const free = { ...paid, licenceId: null, sponsorName: null, reservedCpuMs: 0 };

describe('what a job costs', () => {
  it('is short in a row: set aside before its end, charged behind it, nothing where nobody pays', () => {
    expect(costInRow(paid)).toEqual({ text: '0.2', isSetAside: true });
    expect(costInRow({ ...paid, chargedCpuMs: 0 })).toEqual({ text: '0', isSetAside: false });
    expect(costInRow(free)).toBeNull();
  });

  it('is told with whom, what was beyond, and that it ran on grace', () => {
    expect(costSentence(paid)).toBe('0.2 CPU h of “Facility 2026” set aside; what it takes is charged.');
    const charged = { ...paid, chargedCpuMs: HOUR_MS, unchargedCpuMs: HOUR_MS, overAllowance: true };
    expect(costSentence(charged)).toBe(
      '1 CPU h charged to “Facility 2026”. 1 CPU h beyond that are charged to nobody. Its trigger started it on grace: no licence covered it.',
    );
    expect(costSentence({ ...paid, chargedCpuMs: 0, unchargedCpuMs: 0 })).toBe(
      'Cost “Facility 2026” nothing.',
    );
    expect(costSentence(free)).toMatch(/^Not charged/);
    expect(costSentence({ ...free, overAllowance: true })).toMatch(/^Nobody is charged. Its trigger/);
  });
});

describe('an offer', () => {
  const sponsor = {
    ...{ licenceId: 'x', name: 'Facility 2026', owner: 'facility' as const },
    ...{ leftCpuMs: 412 * HOUR_MS, until: new Date('2026-12-31T23:00:00Z'), covers: true, rule: null },
  };
  const offer: RunOffer = {
    ...{ profiles: [], profileId: null, cpuMs: 0.2 * HOUR_MS, wallMs: 720_000, pastRuns: 0 },
    ...{
      charges: true,
      timeZone: 'Europe/Berlin',
      sponsors: [sponsor],
      licenceId: 'x',
      refused: null,
      ofThisSize: false,
      advice: [],
      network: false,
    },
  };
  const size = (profileId: string, cpus: number) => ({
    ...{ profileId, name: `Size ${profileId}`, cpus, memoryBytes: 1e9, gpu: null, priceMilli: 1000 * cpus },
  });

  it('says how much of which licence, and by what', () => {
    expect(sponsorOption(sponsor)).toBe('Facility 2026 (facility, 412 CPU h left)');
    expect(offerSentence(offer)?.cost).toBe('0.2 CPU h of “Facility 2026” (412 left)');
    expect(offerSentence(offer)?.basis).toMatch(/at most, 12.min/);
    expect(offerSentence({ ...offer, pastRuns: 9 })?.basis).toMatch(/By the last 9 runs/);
  });

  it('says by what right a licence pays, and until which day of the facility', () => {
    expect(offerSentence(offer)?.why).toBe('It pays for every run at the facility, until 31 Dec 2026.');
    const by = (rule: PayingRule) => payingSentence({ ...sponsor, rule }, 'Europe/Berlin');
    expect(by({ template: true, experiment: false, instrument: true })).toBe(
      'It pays by a rule for this template at this instrument, until 31 Dec 2026.',
    );
    expect(by({ template: false, experiment: true, instrument: false })).toMatch(
      /all runs of this experiment,/,
    );
    expect(payingSentence({ ...sponsor, owner: 'lab' }, 'Europe/Berlin')).toMatch(/people of your lab/);
    expect(ruleSentence(null)).toBeNull();
  });

  it('advises sizes by what runs have mostly taken in them, where there is a choice', () => {
    const advice = [
      { profileId: 'a', runs: 9, wallMs: 7 * 60_000, cpuMs: 0.9 * HOUR_MS },
      { profileId: 'b', runs: 3, wallMs: 4 * 60_000, cpuMs: 2.1 * HOUR_MS },
    ];
    const profiles = [size('a', 8), size('b', 32), size('c', 64)];
    const words = (more: Partial<RunOffer>) =>
      adviceSentence({ ...offer, advice, profiles, ...more })?.replaceAll('\u00a0', ' ');
    expect(words({})).toBe('Mostly: 8 CPUs 7 min 0.9 h · 32 CPUs 4 min 2.1 h');
    expect(words({ charges: false })).toBe('Mostly: 8 CPUs 7 min · 32 CPUs 4 min');
    expect(words({ profiles: [size('a', 8)] })).toBeUndefined();
    expect(words({ advice: [] })).toBeUndefined();
    const bySize = { ...offer, pastRuns: 9, profiles, ofThisSize: true };
    expect(offerSentence(bySize)?.basis).toMatch(/By the last 9 runs of this size/);
  });

  it('that is refused promises nothing, and one that costs nothing says so', () => {
    const refused = { code: 'NOT_COVERED', message: 'no', until: null };
    expect(offerSentence({ ...offer, refused })).toBeNull();
    expect(offerSentence({ ...offer, charges: false, sponsors: [], licenceId: null })?.cost).toMatch(
      /^Nobody/,
    );
  });
});
