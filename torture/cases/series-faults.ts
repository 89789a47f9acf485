import { smallSeries } from '../parts/detector.ts';
import type { TortureCase } from '../torture-case.ts';

/** What detectors do wrong, or seem to. */

const BOTH = ['threshold_1', 'threshold_2'];

const missingChannel: TortureCase = {
  name: 'missing-channel',
  hubOnly: true,
  about: 'a detector with two channels whose images lack one of them now and then',
  short: true,
  async run(trial) {
    const detector = await trial.openDetector();
    await trial.startAgent();
    const series = smallSeries('channels/both', { channels: BOTH, frames: 60 });
    const entry = trial.ledger.beginSeries(series, [trial.code('A')]);
    await detector.send(series.start());
    const only = new Map(BOTH.map((channel) => [channel, 0]));
    for (let frame = 0; frame < series.frames; frame++) {
      const isPartial = trial.random.uniform() < 0.2;
      const channels = isPartial ? [trial.random.uniform() < 0.5 ? BOTH[0]! : BOTH[1]!] : BOTH;
      if (isPartial) only.set(channels[0]!, only.get(channels[0]!)! + 1);
      for (const channel of channels)
        trial.ledger.frame(entry, channel, frame, series.fingerprintsOf(channel)[frame]!);
      await detector.send(isPartial ? series.imageOf(frame, channels) : series.images[frame]!);
    }
    await detector.send(series.end());
    const [first, second] = only.values();
    return `of ${series.frames} images, ${first} had only the first channel and ${second} only the second`;
  },
};

const gaps: TortureCase = {
  name: 'gaps',
  hubOnly: true,
  about: 'a detector that leaves out frames, one by one and in rows',
  short: true,
  async run(trial) {
    const detector = await trial.openDetector();
    await trial.startAgent();
    const series = smallSeries('gaps/some');
    const entry = trial.ledger.beginSeries(series, [trial.code('A')]);
    await detector.send(series.start());
    let sent = 0;
    let isSilent = false;
    for (let frame = 0; frame < series.frames; frame++) {
      if (trial.random.uniform() < 0.2) isSilent = !isSilent;
      // The last comes in any case: what is behind it was never announced to have been sent.
      if (isSilent && frame < series.frames - 1) continue;
      sent++;
      trial.ledger.frame(entry, series.channels[0]!, frame, series.fingerprints[frame]!);
      await detector.send(series.images[frame]!);
    }
    await detector.send(series.end());
    return `${sent} of ${series.frames} frames sent`;
  },
};

const dyingSender: TortureCase = {
  name: 'sender-dies',
  hubOnly: true,
  about: 'the detector dies in mid-series; the next series begins with or without a pause',
  short: true,
  async run(trial) {
    const detector = await trial.openDetector();
    await trial.startAgent();
    const places = [trial.code('A')];
    await detector.handOver(smallSeries('dying/first'), { places, to: 37, end: false });
    // Without an end: the next start supersedes it.
    await detector.handOver(smallSeries('dying/second'), { places, to: 61, end: false });
    await trial.untilQuiet();
    await detector.handOver(smallSeries('dying/third'), { places });
    return 'dead after 37 and after 61 of 100 frames';
  },
};

const duplicateIds: TortureCase = {
  name: 'duplicate-ids',
  hubOnly: true,
  about:
    'the same series number and name again after a restart of the detector; two detectors with the same numbers',
  short: true,
  async run(trial) {
    const [one, two] = [await trial.openDetector(), await trial.openDetector()];
    await trial.startAgent();
    const places = [trial.code('A')];
    const again = { seriesId: 1, repeated: true };
    await one.handOver(smallSeries('same/name', again), { places });
    await Promise.all([
      one.handOver(smallSeries('same/name', again), { places }),
      two.handOver(smallSeries('same/name', again), { places }),
    ]);
    return 'three series with number 1 and one name, two of them at once';
  },
};

export const SERIES_CASES: readonly TortureCase[] = [missingChannel, gaps, dyingSender, duplicateIds];
