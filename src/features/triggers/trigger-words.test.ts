import { expect, it } from 'vitest';
import { conditionWords, eventWords, sourceWords, wayWords } from './trigger-words.ts';

it('an event is told with its number or its pattern', () => {
  expect(eventWords({ event: 'dataset.frames', everyFrames: 100, filePattern: null })).toBe(
    'every 100 frames of a dataset',
  );
  expect(eventWords({ event: 'file.stored', everyFrames: null, filePattern: 'raw/*.cbf' })).toContain(
    'raw/*.cbf',
  );
});

it('conditions are told each in a few words, none where there are none', () => {
  expect(conditionWords({})).toEqual([]);
  expect(
    conditionWords({ kinds: ['grid', 'still'], framesMin: 10, framesMax: 20, completeOnly: true }),
  ).toEqual(['grid or still', '10 to 20 frames', 'complete']);
});

it('of the way it runs only what is unusual is told', () => {
  const usual = {
    ...{ profile: null, licence: null, onGrace: true, priority: 'beam-time' as const },
    ...{ mostAtOnce: null, debounceS: 0, versionRule: 'newest' as const, templateVersion: 3 },
  };
  expect(wayWords(usual)).toEqual([]);
  const told = wayWords({ ...usual, onGrace: false, mostAtOnce: 2, versionRule: 'fixed', priority: 'test' });
  expect(told).toEqual(['version 3', 'not without CPU hours', 'priority test', 'at most 2 at once']);
});

it('a source is told in words, a value by its name', () => {
  expect(sourceWords('energyEv')).toBe('energy (eV)');
  expect(sourceWords('value:kappa')).toBe('the value kappa');
});
