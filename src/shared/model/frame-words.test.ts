import { describe, expect, it } from 'vitest';
import { type FrameFacts, frameWords, rangeLength, rangeWords } from './frame-words.ts';

const facts = (more: Partial<FrameFacts>): FrameFacts => ({
  state: 'complete',
  framesExpected: 1800,
  framesStored: 1800,
  ...more,
});

describe('frames of a dataset in words', () => {
  it.each([
    [
      facts({ framesExpected: 12_000, framesStored: 12_000 }),
      '12 000/12 000',
      '12 000 of 12 000 frames, all verified',
      'ok',
    ],
    [facts({}), '1800/1800', '1800 of 1800 frames, all verified', 'ok'],
    [
      facts({ state: 'receiving', framesStored: 440 }),
      '440/1800',
      '440 of 1800 frames stored, more to come',
      'running',
    ],
    [
      facts({ state: 'stopped', framesExpected: 10, framesStored: 3 }),
      '3/10',
      'stopped at 3 of 10, none missing before',
      'warn',
    ],
    [
      facts({ state: 'stopped', framesExpected: 10, framesStored: 3, ending: 'timeout' }),
      '3/10',
      'stopped at 3 of 10 (no end message came), none missing before',
      'warn',
    ],
    [
      facts({
        state: 'incomplete',
        framesExpected: 10,
        framesStored: 7,
        missing: [
          [2, 3],
          [5, 5],
        ],
      }),
      '7/10',
      '7 of 10 frames; never received: 3–4, 6',
      'failed',
    ],
    [
      facts({ state: 'incomplete', framesExpected: 10, framesStored: 9, lost: [[0, 0]] }),
      '9/10',
      '9 of 10 frames; lost at the agent: 1',
      'failed',
    ],
    [
      facts({ state: 'incomplete', framesExpected: 10, framesStored: 4, framesReceived: 10 }),
      '4/10',
      '4 of 10 frames; 6 received but not stored yet',
      'failed',
    ],
    [
      facts({ state: 'open-ended', framesExpected: null, framesStored: 253 }),
      '253 frames',
      '253 frames, all verified; no number was announced, so more may have been meant',
      'muted',
    ],
  ])('%#', (given, badge, sentence, tone) => {
    const words = frameWords(given);
    expect(words.badge.replaceAll('\u202f', ' ')).toBe(badge);
    expect(words.sentence.replaceAll('\u202f', ' ')).toBe(sentence);
    expect(words.tone).toBe(tone);
  });

  it('names files that a master promises and that its dataset lacks', () => {
    const absent = (absentFiles: string[]) =>
      frameWords(facts({ state: 'incomplete', framesStored: 4, framesExpected: 10, absentFiles })).sentence;
    expect(absent(['run_data_000003.h5'])).toBe('4 of 10 frames; without run_data_000003.h5');
    expect(absent(['a.h5', 'b.h5', 'c.h5'])).toBe('4 of 10 frames; without a.h5 and 2 more files');
  });

  it('names the channel that frames lack', () => {
    const channelGaps = [{ channel: 'threshold_2', frames: [[4, 4] as const, [8, 10] as const] }];
    const words = frameWords(
      facts({ state: 'incomplete', framesExpected: 60, framesStored: 56, framesReceived: 60, channelGaps }),
    );
    expect(words.sentence).toBe('56 of 60 frames; without threshold_2: 5, 9–11');
  });

  it('counts images from 1, shortens long lists and says how many more', () => {
    const many = [0, 2, 4, 6, 8].map((n): [number, number] => [n, n]);
    expect(rangeWords(many)).toBe('1, 3, 5 and 2 more ranges');
    expect(
      rangeLength([
        [0, 9],
        [20, 20],
      ]),
    ).toBe(11);
  });

  it('never claims more than everything', () => {
    expect(frameWords(facts({ framesStored: 2000 })).fraction).toBe(1);
    expect(frameWords(facts({ state: 'open-ended', framesExpected: null })).fraction).toBeNull();
  });
});
