import { expect, test } from 'vitest';
import { absentFrameWords, type KnownFrames } from './absent-frame.ts';

const known = (more: Partial<KnownFrames>): KnownFrames => ({
  state: 'complete',
  framesExpected: 120,
  framesStored: 120,
  missing: [],
  unlocated: [],
  isToBeLocated: false,
  unlocatedWhy: [],
  lost: [],
  lacking: [],
  channel: 'threshold_1',
  ...more,
});

test('behind the end nothing was lost', () => {
  expect(absentFrameWords(120, 120, known({}))).toBe('There is no frame 121: this dataset has 120 frames.');
  expect(absentFrameWords(1, 1, known({ framesExpected: 1, framesStored: 1 }))).toBe(
    'There is no frame 2: this dataset has 1 frame.',
  );
  expect(absentFrameWords(9, 7, known({ state: 'open-ended', framesExpected: null, framesStored: 7 }))).toBe(
    'There is no frame 10: this dataset has 7 frames.',
  );
});

test('a source that stopped, and one that goes on', () => {
  const part = { framesStored: 42 };
  expect(absentFrameWords(43, 42, known({ state: 'stopped', ...part }))).toBe(
    'There is no frame 44: the source stopped at frame 42.',
  );
  expect(absentFrameWords(120, 42, known({ state: 'stopped', ...part }))).toBe(
    'There is no frame 121: the source stopped at frame 42.',
  );
  expect(absentFrameWords(43, 42, known({ state: 'receiving', ...part }))).toBe(
    'Frame 44 is not here yet; 42 stored so far.',
  );
  expect(absentFrameWords(500, 42, known({ state: 'receiving', ...part }))).toBe(
    'There is no frame 501: this dataset was announced with 120 frames.',
  );
});

test('frames of a file that cannot be looked into are called stored', () => {
  const attached = known({ unlocated: [[0, 9]] });
  expect(absentFrameWords(4, 0, attached)).toMatch(/Frame 5 is stored, in a file/);
  expect(absentFrameWords(4, 0, { ...attached, isToBeLocated: true })).toMatch(/being looked up/);
  expect(absentFrameWords(4, 0, { ...attached, unlocatedWhy: ['It is empty.'] })).toMatch(/ It is empty\.$/);
  expect(absentFrameWords(4, 0, { ...attached, unlocatedWhy: ['One.', 'Two.'] })).not.toMatch(/One|Two/);
});

test('a frame that is stored of another channel only', () => {
  const partial = known({
    state: 'incomplete',
    framesStored: 119,
    lacking: [[4, 4]],
    channel: 'threshold_2',
  });
  expect(absentFrameWords(4, 120, partial)).toBe('Frame 5 came without threshold_2.');
});

test('missing and lost is what the balance names', () => {
  const gaps = known({ state: 'incomplete', framesStored: 100, missing: [[3, 5]], lost: [[10, 10]] });
  expect(absentFrameWords(3, 110, gaps)).toBe('Frame 4 was never received.');
  expect(absentFrameWords(5, 110, gaps)).toBe('Frame 6 was never received.');
  expect(absentFrameWords(10, 110, gaps)).toBe('Frame 11 was lost at the agent.');
  expect(absentFrameWords(115, 110, gaps)).toBe(
    'Frame 116 is not in the store; the last that is stored is frame 110.',
  );
});
