import { setTimeout as sleep } from 'node:timers/promises';
import { smallSeries } from '../parts/detector.ts';
import type { LineFault } from '../parts/fault-relay.ts';
import type { Trial } from '../parts/trial.ts';
import type { TortureCase } from '../torture-case.ts';

/** The lines to the server and to the store fail while a detector measures. */

/** Faults of one line, with places that follow from the seed. */
function faultsOf(trial: Trial): LineFault[] {
  const { random } = trial;
  return [
    { kind: 'error-500' },
    { kind: 'slow', bytesPerS: 100_000 },
    { kind: 'truncate', afterBytes: random.integer(120) },
    { kind: 'close', afterBytes: 100 + random.integer(20_000) },
    { kind: 'cut' },
    { kind: 'hang' },
  ];
}

const faultyLine = (line: 'web' | 'data', about: string): TortureCase => ({
  name: `${line}-faults`,
  about,
  short: true,
  async run(trial) {
    const source = await trial.openSource();
    await trial.startAgent();
    const faults = faultsOf(trial);
    // TLS keeps the web app's answers from damage; parts have their own checksum, which is put to the test.
    if (line === 'data') faults.push({ kind: 'damage', atByte: 600 + trial.random.integer(20_000) });
    const series = smallSeries(`line/${line}`, { frames: 40 * faults.length, rateHz: 20, frameTimeS: 0.1 });
    await source.handOver(series, {
      places: [trial.code('A')],
      before(frame) {
        if (frame % 40 === 10) trial.lines[line].set(faults[(frame - 10) / 40]!);
        if (frame % 40 === 30) trial.lines[line].set({ kind: 'pass' });
      },
    });
    return `${faults.map(({ kind }) => kind).join(', ')} during a series of ${series.frames} frames`;
  },
});

const cut: TortureCase = {
  name: 'network-cut',
  about: 'the network cut for a minute with 100 files queued',
  async run(trial) {
    const source = await trial.openSource();
    await trial.startAgent();
    trial.lines.web.set({ kind: 'cut' });
    trial.lines.data.set({ kind: 'cut' });
    const series = smallSeries('cut/queue', { frames: 100, rateHz: 20, frameTimeS: 1 });
    await source.handOver(series, { places: [trial.code('A')] });
    await sleep(60_000 - 5000);
    trial.lines.web.set({ kind: 'pass' });
    trial.lines.data.set({ kind: 'pass' });
    return '100 data files of one frame measured while nothing could be reached';
  },
};

export const LINE_CASES: readonly TortureCase[] = [
  faultyLine(
    'data',
    'the line to the store: 500, slow, answers and requests cut short, cut, silent, damaged',
  ),
  faultyLine('web', 'the line to the web app: 500, slow, answers and requests cut short, cut, silent'),
  cut,
];
