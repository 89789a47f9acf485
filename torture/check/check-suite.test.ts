import { expect, it } from 'vitest';
import { tryEach } from './check-suite.ts';
import { AGENT_MISTAKES } from './mistakes.ts';

const [first, second, third] = AGENT_MISTAKES;
const three = [first!, second!, third!];

it('says of each mistake whether it was caught', async () => {
  const said: string[] = [];
  const { signal } = new AbortController();
  const catcher = async ({ name }: { name: string }) => (name === second!.name ? null : 'gaps');
  expect(await tryEach(three, catcher, { signal, say: (line) => said.push(line) })).toEqual([
    { mistake: first!.name, caughtBy: 'gaps' },
    { mistake: second!.name, caughtBy: null },
    { mistake: third!.name, caughtBy: 'gaps' },
  ]);
  expect(said[1]).toContain('NOT CAUGHT');
});

it('a case that was broken off because somebody asked to stop has caught nothing, and missed nothing', async () => {
  const stopping = new AbortController();
  const said: string[] = [];
  const catcher = async ({ name }: { name: string }) => {
    // What a case that is broken off looks like: it has failed.
    if (name === second!.name) stopping.abort();
    return 'gaps';
  };
  const results = await tryEach(three, catcher, { signal: stopping.signal, say: (line) => said.push(line) });
  expect(results).toEqual([{ mistake: first!.name, caughtBy: 'gaps' }]);
  expect(said).toHaveLength(2);
  expect(said[1]).toMatch(/stopped/);
  expect(said[1]).not.toMatch(/caught/i);
});
