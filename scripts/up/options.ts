import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ClearFault } from '../lib/clear-fault.ts';

export interface UpOptions {
  /** Begin anew: everything in the data folder is removed first. */
  fresh: boolean;
  simulator: boolean;
  /** Frames of each series that the simulated beamline measures, and the seconds between two of them. */
  frames: number;
  pauseS: number;
  /** Port of the web app; 0 = any free one. */
  port: number;
  /** Port of 127.0.0.1 on which the HUB expects `npm run replay`; 0 = any free one, null = the usual one or, when it is taken, any. */
  replayPort: number | null;
  /** Start a crashed process again instead of stopping everything. */
  keepGoing: boolean;
  /** Where everything Beamdeck keeps lies; absolute. */
  dataDir: string;
  help: boolean;
}

export const DEFAULT_WEB_PORT = 3000;
export const DEFAULT_REPLAY_PORT = 31001;

/** Small series about once a minute: a beamline at work, not a load test. */
const DEFAULT_FRAMES = 120;
const DEFAULT_PAUSE_S = 45;

export const UP_HELP = `npm run up -- [options]

  --fresh            begin anew: remove .data (database, files, accounts) first
  --no-simulator     leave the beamline quiet
  --frames N         frames of each series of the simulated beamline (${DEFAULT_FRAMES})
  --pause S          seconds between two of them (${DEFAULT_PAUSE_S})
  --port N           port of the web app (${DEFAULT_WEB_PORT}; 0 = any free one)
  --replay-port N    port on which the HUB expects npm run replay (${DEFAULT_REPLAY_PORT}, or a free one when that is taken)
  --keep-going       start a crashed process again instead of stopping everything
  --data-dir DIR     keep everything there instead of in .data
  --help             this text
`;

function wholeNumber(text: string, option: string, what: string, [least, most]: [number, number]): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most)
    throw new ClearFault(`${option} must be ${what} from ${least} to ${most}, not "${text}".`);
  return value;
}

const portOf = (text: string, option: string): number =>
  wholeNumber(text, option, 'a port number', [0, 65_535]);

/** `root` is the folder of the checkout, against which `.data` is meant. Throws `ClearFault` for an unknown or wrong option. */
export function parseUpOptions(args: string[], root: string, cwd: string): UpOptions {
  let values: Record<string, string | boolean | undefined>;
  try {
    ({ values } = parseArgs({
      args,
      allowPositionals: false,
      options: {
        fresh: { type: 'boolean' },
        'no-simulator': { type: 'boolean' },
        frames: { type: 'string' },
        pause: { type: 'string' },
        port: { type: 'string' },
        'replay-port': { type: 'string' },
        'keep-going': { type: 'boolean' },
        'data-dir': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }));
  } catch (error) {
    const what = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new ClearFault(
      `${what}. Options are --fresh, --no-simulator, --frames N, --pause S, --port N, --replay-port N, --keep-going, --data-dir DIR.`,
    );
  }
  const text = (name: string) => (typeof values[name] === 'string' ? values[name] : undefined);
  return {
    fresh: values.fresh === true,
    simulator: values['no-simulator'] !== true,
    // The simulator draws turns of 3600° at most, here with half a degree a frame.
    frames: wholeNumber(text('frames') ?? String(DEFAULT_FRAMES), '--frames', 'a number', [1, 7200]),
    pauseS: wholeNumber(
      text('pause') ?? String(DEFAULT_PAUSE_S),
      '--pause',
      'a number of seconds',
      [0, 86_400],
    ),
    port: portOf(text('port') ?? String(DEFAULT_WEB_PORT), '--port'),
    replayPort: text('replay-port') === undefined ? null : portOf(text('replay-port')!, '--replay-port'),
    keepGoing: values['keep-going'] === true,
    dataDir: text('data-dir') === undefined ? resolve(root, '.data') : resolve(cwd, text('data-dir')!),
    help: values.help === true,
  };
}
