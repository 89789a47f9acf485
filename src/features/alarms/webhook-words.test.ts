import { expect, test } from 'vitest';
import { answerWords } from './webhook-words.ts';

test('what was answered last, and how often it was tried', () => {
  const none = { attempts: 0, lastStatus: null, lastAnswer: null };
  expect(answerWords(none)).toBe('not tried yet');
  expect(answerWords({ ...none, attempts: 1 })).toBe('is being tried');
  expect(answerWords({ attempts: 1, lastStatus: 200, lastAnswer: 'ok' })).toBe('answered 200: ok');
  expect(answerWords({ attempts: 3, lastStatus: 503, lastAnswer: '' })).toBe('answered 503, 3 tries');
  expect(answerWords({ attempts: 1, lastStatus: null, lastAnswer: 'No answer within 15 s.' })).toBe(
    'No answer within 15 s.',
  );
});
