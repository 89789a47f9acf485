import { describe, expect, it } from 'vitest';
import {
  chooseSponsor,
  type SponsorLicence,
  type SponsorQuestion,
  type SponsorRule,
  sponsorsFor,
} from './sponsor.ts';

const DAY_MS = 86_400_000;
const now = new Date('2026-11-22T00:00:00Z');
const inDays = (days: number) => new Date(now.getTime() + days * DAY_MS);

const licence = (licenceId: string, changes: Partial<SponsorLicence> = {}): SponsorLicence => ({
  ...{ licenceId, name: licenceId, ownerKind: 'facility', isOwn: true, leftCpuMs: 100 },
  ...{ validFrom: inDays(-10), validUntil: inDays(10), ...changes },
});
const rule = (licenceId: string, changes: Partial<SponsorRule> = {}): SponsorRule => ({
  ...{ ruleId: `rule of ${licenceId}`, licenceId, instrumentId: null, experimentId: null },
  ...{ templateSlug: null, validUntil: null, leftCpuMs: null, ...changes },
});
const asked = (licences: SponsorLicence[], rules: SponsorRule[] = [], neededCpuMs = 10): SponsorQuestion => ({
  ...{ now, instrumentId: 'mx-1', experimentId: 'exp', templateSlug: 'dials', neededCpuMs, licences, rules },
});
const order = (question: SponsorQuestion) => sponsorsFor(question).map((each) => each.licence.licenceId);
const paidBy = (question: SponsorQuestion, wanted: string | null = null) => {
  const { sponsor, lack } = chooseSponsor(question, wanted);
  return lack
    ? `refused: ${sponsor?.licence.licenceId ?? 'nobody'} ${sponsor?.lack ?? ''}`.trim()
    : sponsor.licence.licenceId;
};

describe('who is asked to pay', () => {
  const facility = licence('facility');
  const lab = licence('lab', { ownerKind: 'lab' });
  const own = licence('own', { ownerKind: 'user' });

  it('is the facility before the lab before oneself; of equals what ends first', () => {
    expect(order(asked([own, lab, facility]))).toEqual(['facility', 'lab', 'own']);
    expect(order(asked([facility, licence('soon', { validUntil: inDays(1) })]))).toEqual([
      'soon',
      'facility',
    ]);
  });

  it('is what a rule names before all that, the closer the earlier', () => {
    const far = licence('far', { ownerKind: 'lab', isOwn: false });
    const near = licence('near', { ownerKind: 'user', isOwn: false });
    const rules = [
      rule('far', { instrumentId: 'mx-1', templateSlug: 'dials' }),
      rule('near', { experimentId: 'exp' }),
    ];
    expect(order(asked([facility, far, near], rules))).toEqual(['near', 'far', 'facility']);
  });

  it('is a licence of the facility with rules only for what they say, one of others’ only by a rule', () => {
    const other = rule('facility', { templateSlug: 'xds' });
    expect(order(asked([facility], [other]))).toEqual([]);
    expect(order(asked([facility], [other, rule('facility', { instrumentId: 'mx-1' })]))).toEqual([
      'facility',
    ]);
    expect(order(asked([lab], [rule('lab', { templateSlug: 'xds' })]))).toEqual(['lab']);
    expect(order(asked([licence('stranger', { isOwn: false })]))).toEqual([]);
  });

  it('is each once, by the closest of its rules that covers the run', () => {
    const rules = [
      rule('facility', { experimentId: 'exp', leftCpuMs: 5 }),
      rule('facility', { ruleId: 'wide' }),
    ];
    expect(sponsorsFor(asked([facility], rules))).toMatchObject([{ rule: { ruleId: 'wide' }, lack: null }]);
    expect(sponsorsFor(asked([facility], rules.slice(0, 1)))).toMatchObject([
      { lack: 'rule-hours', leftCpuMs: 5 },
    ]);
  });
});

describe('who pays', () => {
  it('is the first that can, with what both licence and rule have left', () => {
    const empty = licence('empty', { leftCpuMs: 9, validUntil: inDays(1) });
    expect(paidBy(asked([empty, licence('full')]))).toBe('full');
    const limited = asked([licence('full')], [rule('full', { leftCpuMs: 10, validUntil: inDays(2) })]);
    expect(chooseSponsor(limited, null).sponsor).toMatchObject({ leftCpuMs: 10, until: inDays(2) });
  });

  it('is the one that is wanted and no other', () => {
    expect(paidBy(asked([licence('a'), licence('b')]), 'b')).toBe('b');
    expect(paidBy(asked([licence('a'), licence('b', { leftCpuMs: 0 })]), 'b')).toBe('refused: b hours');
    expect(paidBy(asked([licence('a')]), 'c')).toBe('refused: nobody');
  });

  it('is nobody outside of the validity, at the very instants of its ends', () => {
    expect(paidBy(asked([licence('a', { validFrom: now })]))).toBe('a');
    expect(paidBy(asked([licence('a', { validFrom: inDays(1) })]))).toBe('refused: a not-yet');
    expect(paidBy(asked([licence('a', { validUntil: now })]))).toBe('refused: a ended');
    expect(paidBy(asked([licence('a')], [rule('a', { validUntil: now })]))).toBe('refused: a rule-ended');
  });

  it('refused, the one that lacks least is named', () => {
    const ended = licence('ended', { validUntil: now, leftCpuMs: 1000 });
    const little = licence('little', { leftCpuMs: 2 });
    const less = licence('less', { leftCpuMs: 1, validUntil: inDays(1) });
    expect(paidBy(asked([ended, less, little]))).toBe('refused: little hours');
    expect(paidBy(asked([ended]))).toBe('refused: ended ended');
  });
});
