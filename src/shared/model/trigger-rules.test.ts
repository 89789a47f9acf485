import { describe, expect, it } from 'vitest';
import {
  type EventFacts,
  filePatternSchema,
  matchesPattern,
  type TriggerConditions,
  type TriggerEvent,
  takenParameters,
  triggerDraftSchema,
  unmetCondition,
} from './trigger-rules.ts';

describe('patterns', () => {
  it.each([
    ['raw/lyso/run_1_master.h5', 'raw/**/*_master.h5', true],
    ['raw/run_1_master.h5', 'raw/**/*_master.h5', true],
    ['raw/lyso/run_1_master.h5', 'raw/*_master.h5', false],
    ['raw/lyso/run_1.cbf', 'raw/*/run_?.cbf', true],
    ['raw/lyso/run_12.cbf', 'raw/*/run_?.cbf', false],
    ['raw/lysoXcbf', 'raw/lyso.cbf', false],
    ['raw/a(b)[c]+.txt', 'raw/a(b)[c]+.txt', true],
    ['xraw/a.h5', 'raw/*.h5', false],
    ['raw/a.h5x', 'raw/*.h5', false],
    ['raw/a/b/c.h5', '**', true],
  ])('%s of %s: %s', (path, pattern, expected) => {
    expect(matchesPattern(path, pattern)).toBe(expected);
  });

  it('match without regard to case where that is asked for alone', () => {
    expect(matchesPattern('Lysozyme A', 'lyso*', { ignoreCase: true })).toBe(true);
    expect(matchesPattern('Lysozyme A', 'lyso*')).toBe(false);
  });

  it('are refused when they leave the experiment or have many stars', () => {
    expect(filePatternSchema.safeParse('raw/**/*.h5').success).toBe(true);
    for (const wrong of ['/etc/*', 'raw/../x', '', '*a*a*a*a*a*a*a*a']) {
      expect(filePatternSchema.safeParse(wrong).success).toBe(false);
    }
  });
});

const FACTS: EventFacts = {
  kind: 'rotation',
  sample: 'Lyso 3',
  frames: 100,
  sizeBytes: 5000,
  isComplete: true,
  gridPoints: null,
  path: 'raw/lyso/a.cbf',
  job: { template: 'dials-quick', state: 'succeeded' },
};
const why = (
  conditions: TriggerConditions,
  facts: Partial<EventFacts> = {},
  event: TriggerEvent = 'dataset.finished',
) => unmetCondition({ event, filePattern: 'raw/**/*.cbf', conditions }, { ...FACTS, ...facts });

describe('conditions', () => {
  it('that are not given are not looked at', () => {
    const nothing = { kind: null, sample: null, frames: null, sizeBytes: null, isComplete: null, job: null };
    expect(why({}, nothing)).toBeNull();
  });

  it.each<[string, TriggerConditions, Partial<EventFacts>]>([
    ['another kind', { kinds: ['grid', 'still'] }, {}],
    ['no kind', { kinds: ['grid'] }, { kind: null }],
    ['another sample', { sample: 'thau*' }, {}],
    ['no sample', { sample: 'lyso*' }, { sample: null }],
    ['too few frames', { framesMin: 101 }, {}],
    ['too many frames', { framesMax: 99 }, {}],
    ['unknown frames', { framesMin: 0 }, { frames: null }],
    ['too small', { sizeMinBytes: 5001 }, {}],
    ['too large', { sizeMaxBytes: 4999 }, {}],
    ['gaps', { completeOnly: true }, { isComplete: false }],
    ['another template', { jobTemplate: 'dials-full' }, {}],
    ['another end', { jobEnded: 'succeeded' }, { job: { template: 'x', state: 'failed' } }],
  ])('are not met by %s', (_, conditions, facts) => {
    expect(why(conditions, facts)).toMatch(/^[A-Z].*\.$/);
  });

  it('are met at their very bounds', () => {
    const all: TriggerConditions = {
      ...{ kinds: ['rotation'], sample: 'lyso*', framesMin: 100, framesMax: 100 },
      ...{ sizeMinBytes: 5000, sizeMaxBytes: 5000, completeOnly: true },
      ...{ jobTemplate: 'dials-quick', jobEnded: 'succeeded' as const },
    };
    expect(why(all)).toBeNull();
  });

  it('of a file are its path, of a grid that all its points have a frame', () => {
    expect(why({}, {}, 'file.stored')).toBeNull();
    expect(why({}, { path: 'raw/a.h5' }, 'file.stored')).toContain('raw/**/*.cbf');
    expect(why({}, { gridPoints: { stored: 19, wanted: 20 } }, 'grid.finished')).toContain('20 points');
    expect(why({}, { gridPoints: { stored: 20, wanted: 20 } }, 'grid.finished')).toBeNull();
  });
});

it('parameters are taken from what is known; the rest is left to the template', () => {
  const from = {
    named: { energyEv: 12_398.4, sample: null, frames: 0 },
    values: { kappa: { value: 30, unit: 'deg' }, plate: 'A3', sampleName: null },
  };
  const taken = {
    ...{ energy: 'energyEv', name: 'sample', n: 'frames', kappa: 'value:kappa' },
    ...{ plate: 'value:plate', none: 'value:constructor', empty: 'value:sampleName' },
  };
  expect(takenParameters(taken, from)).toEqual({ energy: 12_398.4, n: 0, kappa: 30, plate: 'A3' });
});

describe('a draft', () => {
  const draft = { name: 'Quick', event: 'dataset.finished', template: 'fast-feedback' };
  it('needs no more than name, event and template', () => {
    expect(triggerDraftSchema.parse(draft)).toMatchObject({
      ...{ versionRule: 'newest', onGrace: true, priority: 'beam-time', enabled: true, debounceS: 0 },
      ...{ mostAtOnce: null, everyFrames: null, filePattern: null, conditions: {}, taken: {} },
    });
  });
  it.each([
    ['frames without a number', { event: 'dataset.frames' }],
    ['a number without frames', { everyFrames: 10 }],
    ['a file without a pattern', { event: 'file.stored' }],
    ['a pattern without a file', { filePattern: 'raw/*' }],
    ['a source that is none', { taken: { a: 'password' } }],
    ['a condition that is none', { conditions: { colour: 'red' } }],
  ])('is refused with %s', (_, change) => {
    expect(triggerDraftSchema.safeParse({ ...draft, ...change }).success).toBe(false);
  });
});
