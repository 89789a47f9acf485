import { describe, expect, it } from 'vitest';
import { parseUpOptions } from './options.ts';

const parse = (...args: string[]) => parseUpOptions(args, '/srv/beamdeck', '/home/sofia');

describe('options of up', () => {
  it('has its defaults', () => {
    expect(parse()).toEqual({
      fresh: false,
      simulator: true,
      port: 3000,
      replayPort: null,
      keepGoing: false,
      dataDir: '/srv/beamdeck/.data',
      help: false,
    });
  });

  it('reads all of them; a data folder is meant from where the person stands', () => {
    expect(
      parse(
        '--fresh',
        '--no-simulator',
        '--port',
        '8080',
        '--replay-port',
        '31007',
        '--keep-going',
        '--data-dir',
        'try',
      ),
    ).toMatchObject({
      fresh: true,
      simulator: false,
      port: 8080,
      replayPort: 31007,
      keepGoing: true,
      dataDir: '/home/sofia/try',
    });
  });

  it.each([[['--frsh']], [['--port']], [['--port', '70000']], [['--port', 'web']], [['stray']]])(
    'refuses %s with a sentence',
    (args) => {
      expect(() => parse(...args)).toThrow(/--/);
    },
  );
});
