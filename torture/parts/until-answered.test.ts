import { expect, it, vi } from 'vitest';
import { untilAnswered } from './until-answered.ts';

const starting = () => Object.assign(new Error('the database system is starting up'), { code: '57P03' });

it('asks again until the database answers', async () => {
  const ask = vi
    .fn<() => Promise<string>>()
    .mockRejectedValueOnce(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }))
    .mockRejectedValueOnce(starting())
    .mockRejectedValueOnce(new Error('timeout expired'))
    .mockResolvedValue('an answer');
  await expect(untilAnswered(ask, { pauseMs: 0 })).resolves.toBe('an answer');
  expect(ask).toHaveBeenCalledTimes(4);
});

it('says so when it never answers', async () => {
  const away = starting();
  const ask = () => Promise.reject(away);
  await expect(untilAnswered(ask, { patienceMs: 0, pauseMs: 0 })).rejects.toMatchObject({
    message: 'Database or store gave no answer within 0 s, last Error: the database system is starting up',
    cause: away,
  });
});

it('asks once only when the fault is another', async () => {
  const fault = Object.assign(new Error('no such table'), { code: '42P01' });
  const ask = vi.fn<() => Promise<string>>().mockRejectedValue(fault);
  await expect(untilAnswered(ask, { pauseMs: 0 })).rejects.toBe(fault);
  expect(ask).toHaveBeenCalledOnce();
});
