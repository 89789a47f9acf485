import { describe, expect, it } from 'vitest';
import { parseUpOptions } from './options.ts';

const parse = (...args: string[]) => parseUpOptions(args, '/srv/beamdeck', '/home/sofia');

describe('options of up', () => {
  it('has its defaults', () => {
    expect(parse()).toEqual({
      fresh: false,
      simulator: true,
      frames: 120,
      pauseS: 45,
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
        ...['--frames', '40', '--pause', '0'],
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
      frames: 40,
      pauseS: 0,
      port: 8080,
      replayPort: 31007,
      keepGoing: true,
      dataDir: '/home/sofia/try',
    });
  });

  it.each([
    [['--frsh']],
    [['--port']],
    [['--port', '70000']],
    [['--port', 'web']],
    [['--frames', '0']],
    [['--pause', '-1']],
    [['stray']],
  ])('refuses %s with a sentence', (args) => {
    expect(() => parse(...args)).toThrow(/--/);
  });
});
