import { expect, it } from 'vitest';
import { Broadcast } from './broadcast.ts';
import { Slots, type UploadUrgency } from './slots.ts';

/** Lets everything that is ready go on. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

it('gives the most urgent the next slot, within one urgency the one that came first', async () => {
  const slots = new Slots(1);
  const release = await slots.acquire(() => 'backlog');
  const order: string[] = [];
  const ask = (name: string, urgency: () => UploadUrgency) =>
    slots.acquire(urgency).then((done) => {
      order.push(name);
      done();
    });
  let aged: UploadUrgency = 'newest';
  const all = [
    ask('backlog 1', () => 'backlog'),
    ask('grew old', () => aged),
    ask('newest', () => 'newest'),
    ask('backlog 2', () => 'backlog'),
    ask('master', () => 'master'),
  ];
  aged = 'backlog';
  release();
  await Promise.all(all);
  expect(order).toEqual(['master', 'newest', 'backlog 1', 'grew old', 'backlog 2']);
});

it('a lower limit takes effect as slots are given back, a higher one at once', async () => {
  const slots = new Slots(2);
  const first = await slots.acquire(() => 'newest');
  const second = await slots.acquire(() => 'newest');
  slots.limit = 1;
  let granted = 0;
  for (let n = 0; n < 3; n++) void slots.acquire(() => 'newest').then(() => granted++);
  first();
  first();
  await turn();
  expect(granted).toBe(0);
  second();
  await turn();
  expect(granted).toBe(1);
  slots.limit = 3;
  await turn();
  expect(granted).toBe(3);
});

it('grants a slot in eighths, and a whole one only when there is room', async () => {
  const slots = new Slots(1);
  const parts = await Promise.all(Array.from({ length: 8 }, () => slots.acquire(() => 'newest', 0.01)));
  const order: string[] = [];
  const whole = slots
    .acquire(() => 'newest', 1)
    .then((release) => {
      order.push('whole');
      release();
    });
  const small = slots.acquire(() => 'newest', 0.2).then(() => order.push('small'));
  await turn();
  expect(order).toEqual([]);
  parts[0]!();
  await Promise.all([whole, turn()]);
  expect(order[0]).toBe('whole');
  parts[1]!();
  await small;
});

it('a broadcast wakes all that wait, and those that were stopped with their reason', async () => {
  const change = new Broadcast();
  const stopping = new AbortController();
  const stopped = change.wait(stopping.signal).catch((error: unknown) => String(error));
  const both = Promise.all([1, 2].map(() => change.wait(new AbortController().signal)));
  stopping.abort('over');
  expect(await stopped).toBe('over');
  change.notify();
  await both;
});
