import { expect, it } from 'vitest';
import { AskedTogether } from './asked-together.ts';
import { ServerRefused, ServerUnreachable } from './server-client.ts';

it('asks for what came up meanwhile with one question, and gives each its own answer', async () => {
  const questions: number[][] = [];
  const asked = new AskedTogether<number, string>(async (items) => {
    questions.push(items);
    return items.map((item) => (item === 3 ? new ServerRefused(409, 'CONFLICT', 'three') : `answer ${item}`));
  }, 3);
  const answers = await Promise.allSettled([1, 2, 3, 4, 5].map((item) => asked.for(item)));
  expect(questions).toEqual([[1], [2, 3, 4], [5]]);
  expect(
    answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : answer.reason.code)),
  ).toEqual(['answer 1', 'answer 2', 'CONFLICT', 'answer 4', 'answer 5']);
});

it('asks one by one when all are refused for the sake of one', async () => {
  const asked = new AskedTogether<number, number>(async (items) => {
    if (items.includes(3)) throw new ServerRefused(400, 'BAD_INPUT', 'three');
    return items;
  }, 100);
  const answers = await Promise.allSettled([1, 2, 3, 4].map((item) => asked.for(item)));
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
});

it('tells all of a server that cannot be reached, and asks again for the next', async () => {
  let isAway = true;
  const asked = new AskedTogether<number, number>(async (items) => {
    if (isAway) throw new ServerUnreachable('away');
    return items;
  }, 100);
  const answers = await Promise.allSettled([1, 2].map((item) => asked.for(item)));
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  isAway = false;
  expect(await asked.for(3)).toBe(3);
});
