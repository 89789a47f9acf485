import { parseArgs } from 'node:util';
import { CRYSTAL_FORMS } from './crystal-forms.ts';
import { DETECTOR_MODELS, type DetectorModel, type PixelDtype } from './detector-models.ts';

export interface SimulatorOptions {
  endpoint: string;
  protocol: 'stream-v1' | 'stream-v2';
  detector: DetectorModel;
  dtype: PixelDtype;
  /** 1 to 3: threshold_1, threshold_2, difference. */
  channelCount: number;
  framesPerSeries: number;
  rateHz: number;
  oscillationDeg: number;
  omegaStartDeg: number;
  pauseS: number;
  seed: number;
  /** 0 = until stopped. */
  seriesCount: number;
  /** null = a puck with samples of all crystal forms. */
  crystalName: string | null;
  prefixTemplate: string;
  distanceM: number;
  energyEv: number;
  mosaicityDeg: number;
  countsPerReflection: number;
  backgroundCounts: number;
  decayPerFrame: number;
  /** 0 = render every frame afresh. */
  prerenderedFrames: number;
  queueMessages: number;
}

/** A fault in the command line, as one sentence for a person. */
export class OptionFault extends Error {}

/** Every turn adds its own list of spots; ten turns of a large detector still fit into memory. */
const MAX_TURN_DEG = 3600;
const DTYPE_NAMES: Readonly<Record<string, PixelDtype>> = { u16: 'u2', u32: 'u4', i16: 'i2', i32: 'i4' };
export const PREFIX_PLACEHOLDERS = [
  'sample',
  'crystal',
  'short',
  'puck',
  'position',
  'run',
  'series',
] as const;
const DEFAULT_PREFIX = '{short}_{position}/{short}_{position}_run{run}';

export const SIMULATOR_USAGE = `Usage: node hub/simulator/index.ts [options]

A simulated beamline: rotation data of protein crystals as a SIMPLON stream on a ZeroMQ PUSH socket.

  --bind ADDRESS            where to offer the stream (default tcp://127.0.0.1:31002; port * = a free one)
  --protocol NAME           stream-v1 or stream-v2 (default stream-v2)
  --detector NAME           ${DETECTOR_MODELS.map(({ name }) => name).join(', ')} (default eiger2-1m)
  --dtype TYPE              u16, u32, i16 or i32 (default: what the detector sends)
  --channels N              1 = threshold_1, 2 = and threshold_2, 3 = and difference (default 1)
  --frames N                frames per series (default 120)
  --rate HZ                 frames per second (default 10)
  --osc DEG                 rotation per frame (default 0.5)
  --omega-start DEG         omega of the first frame (default 0)
  --pause S                 pause between series (default 45)
  --seed N                  the same seed gives the same data (default: another at every start)
  --series N                stop after N series; 0 = never (default 0)
  --crystal NAME            ${CRYSTAL_FORMS.map(({ name }) => name).join(', ')} or mixed (default mixed)
  --prefix-template TEXT    file_prefix of a series, with ${PREFIX_PLACEHOLDERS.map((name) => `{${name}}`).join(' ')}
                            (default ${DEFAULT_PREFIX})
  --distance MM             crystal to detector (default: by detector)
  --energy EV               photon energy (default 12700)
  --mosaicity DEG           width (sigma) of the rocking curve (default 0.08)
  --intensity COUNTS        integrated counts of an average reflection (default 1500)
  --background COUNTS       level of background per pixel and frame (default 1)
  --decay SHARE             loss of diffracted intensity per frame by radiation damage (default 0)
  --prerender K             load mode: render K frames once and send them over and over with their own image ids,
                            at any rate (default 0 = every frame is rendered afresh)
  --queue N                 messages ZeroMQ may hold while the receiver is slow (default 16)`;

const OPTION_NAMES = [
  'bind',
  'protocol',
  'detector',
  'dtype',
  'channels',
  'frames',
  'rate',
  'osc',
  'omega-start',
  'pause',
  'seed',
  'series',
  'crystal',
  'prefix-template',
  'distance',
  'energy',
  'mosaicity',
  'intensity',
  'background',
  'decay',
  'prerender',
  'queue',
] as const;
type OptionName = (typeof OPTION_NAMES)[number];
type OptionTexts = Partial<Record<OptionName, string>>;

function readTexts(args: readonly string[]): OptionTexts {
  const options = Object.fromEntries(OPTION_NAMES.map((name) => [name, { type: 'string' as const }]));
  try {
    return parseArgs({ args: [...args], options, strict: true }).values as OptionTexts;
  } catch (error) {
    throw new OptionFault(error instanceof Error ? error.message : String(error));
  }
}

/**
 * @param usualSeed where `--seed` is not given
 * @throws OptionFault naming every option that is wrong
 */
export function parseSimulatorOptions(args: readonly string[], usualSeed = 1): SimulatorOptions {
  const texts = readTexts(args);
  const faults: string[] = [];
  const number = (name: OptionName, fallback: number, min: number, max: number, whole = false): number => {
    const text = texts[name];
    if (text === undefined) return fallback;
    const value = Number(text);
    if (text.trim() !== '' && value >= min && value <= max && (!whole || Number.isInteger(value)))
      return value;
    faults.push(
      `--${name} wants ${whole ? 'a whole number' : 'a number'} from ${min} to ${max}, not "${text}".`,
    );
    return fallback;
  };
  const choice = <T>(
    name: OptionName,
    fallback: T,
    find: (text: string) => T | undefined,
    allowed: string,
  ): T => {
    const text = texts[name];
    if (text === undefined) return fallback;
    const found = find(text);
    if (found === undefined) faults.push(`--${name} wants one of ${allowed}, not "${text}".`);
    return found ?? fallback;
  };
  const endpoint = texts.bind ?? 'tcp://127.0.0.1:31002';
  if (!/^tcp:\/\/[^\s:]+:(\d{1,5}|\*)$/.test(endpoint)) {
    faults.push(`--bind wants an address such as tcp://127.0.0.1:31002, not "${endpoint}".`);
  }
  const prefixTemplate = texts['prefix-template'] ?? DEFAULT_PREFIX;
  for (const [, name] of prefixTemplate.matchAll(/\{([^}]*)\}/g)) {
    if (!PREFIX_PLACEHOLDERS.some((known) => known === name)) {
      faults.push(`--prefix-template knows no {${name}}; it knows ${PREFIX_PLACEHOLDERS.join(', ')}.`);
    }
  }
  const detector = choice(
    'detector',
    DETECTOR_MODELS.find(({ name }) => name === 'eiger2-1m')!,
    (text) => DETECTOR_MODELS.find(({ name }) => name === text),
    DETECTOR_MODELS.map(({ name }) => name).join(', '),
  );
  const crystals = [...CRYSTAL_FORMS.map(({ name }) => name), 'mixed'];
  const crystal = choice(
    'crystal',
    'mixed',
    (text) => crystals.find((name) => name === text),
    crystals.join(', '),
  );
  const protocols = ['stream-v1', 'stream-v2'] as const;
  const options: SimulatorOptions = {
    endpoint,
    protocol: choice(
      'protocol',
      'stream-v2',
      (text) => protocols.find((name) => name === text),
      protocols.join(', '),
    ),
    detector,
    dtype: choice(
      'dtype',
      detector.defaultDtype,
      (text) => DTYPE_NAMES[text],
      Object.keys(DTYPE_NAMES).join(', '),
    ),
    channelCount: number('channels', 1, 1, 3, true),
    framesPerSeries: number('frames', 120, 1, 1_000_000, true),
    rateHz: number('rate', 10, 0.01, 100_000),
    oscillationDeg: number('osc', 0.5, 0.001, 10),
    omegaStartDeg: number('omega-start', 0, -360, 360),
    pauseS: number('pause', 45, 0, 86_400),
    seed: number('seed', usualSeed, 0, 2 ** 32 - 1, true),
    seriesCount: number('series', 0, 0, 1_000_000, true),
    crystalName: crystal === 'mixed' ? null : crystal,
    prefixTemplate,
    distanceM: number('distance', detector.defaultDistanceM * 1000, 20, 5000) / 1000,
    energyEv: number('energy', 12_700, 3000, 100_000),
    mosaicityDeg: number('mosaicity', 0.08, 0.005, 2),
    countsPerReflection: number('intensity', 1500, 0, 1e6),
    backgroundCounts: number('background', 1, 0, 6),
    decayPerFrame: number('decay', 0, 0, 0.5),
    prerenderedFrames: number('prerender', 0, 0, 10_000, true),
    queueMessages: number('queue', 16, 1, 10_000, true),
  };
  if (options.protocol === 'stream-v1' && options.channelCount > 1) {
    faults.push('Stream V1 has one channel. Leave out --channels, or use --protocol stream-v2.');
  }
  const turnDeg = options.framesPerSeries * options.oscillationDeg;
  if (options.prerenderedFrames === 0 && turnDeg > MAX_TURN_DEG) {
    faults.push(
      `A series would turn by ${turnDeg}°, at most ${MAX_TURN_DEG}° are simulated. Lower --frames or --osc, or use --prerender.`,
    );
  }
  if (faults.length > 0) throw new OptionFault(faults.join('\n'));
  return options;
}
