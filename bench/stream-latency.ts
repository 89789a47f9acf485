import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Push } from 'zeromq';
import { planSeries } from '#hub/simulator/beamline-programme.ts';
import { SimulatedDetector, SimulatedSeries } from '#hub/simulator/simulated-series.ts';
import { parseSimulatorOptions } from '#hub/simulator/simulator-options.ts';
import { signIn, startDemoInstallation } from './lib/demo-installation.ts';
import { readLiveEvents } from './lib/event-stream.ts';

/*
 * How old a file is when people can have it: from the ZeroMQ send of its last image until it stands in the store under its
 * name, and until the event about it arrives in a browser's stream. A whole installation as `npm run up` starts it; a
 * simulated EIGER2 4M at 100 images per second, so 100 images a file, in load mode so that rendering does not disturb.
 * Options: --files N, --rate HZ, --detector NAME.
 */

const { values: given } = parseArgs({
  options: { files: { type: 'string' }, rate: { type: 'string' }, detector: { type: 'string' } },
});
const FILES = Number(given.files ?? 20);
const RATE_HZ = Number(given.rate ?? 100);
const DETECTOR = given.detector ?? 'eiger2-4m';
const RENDERED = 8;
/** How exactly the appearance in the store is seen. */
const LOOK_EVERY_MS = 2;
const PATIENCE_MS = 60_000;

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(10 * sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!) / 10;
}

/** Resolves with the time the file was first there. */
async function appears(file: string): Promise<number> {
  const until = performance.now() + PATIENCE_MS;
  while (!existsSync(file)) {
    if (performance.now() > until) throw new Error(`${file} never appeared`);
    await sleep(LOOK_EVERY_MS);
  }
  return performance.now();
}

const framesPerFile = Math.min(1000, Math.max(1, Math.round(RATE_HZ)));
const frames = FILES * framesPerFile;
const options = parseSimulatorOptions([
  ...['--detector', DETECTOR, '--rate', String(RATE_HZ), '--frames', String(frames)],
  ...['--prerender', String(RENDERED), '--prefix-template', 'bench/latency'],
]);
const series = new SimulatedSeries(new SimulatedDetector(options), planSeries(options).next().value, {
  seriesId: 1,
  seriesUniqueId: 'BENCH000000000000000000001',
  armDate: new Date().toISOString(),
});

const installation = await startDemoInstallation();
const stopping = new AbortController();
const push = new Push({ linger: 0, sendHighWaterMark: 1000 });
try {
  const eventAtMs = new Map<string, number>();
  await readLiveEvents({
    web: installation.web,
    cookie: await signIn(installation, 'scientist'),
    topics: [`experiment:${installation.experiment.id}`],
    onEvents(events) {
      for (const { kind, data } of events)
        if (kind === 'file.committed' && !eventAtMs.has(String(data.path)))
          eventAtMs.set(String(data.path), performance.now());
    },
    signal: stopping.signal,
  });
  await push.bind(installation.detectorEndpoint);
  await push.send(series.start());
  const sentAtMs: number[] = [];
  const stored: Promise<number>[] = [];
  const name = (file: number) => `raw/bench/latency_data_${String(file + 1).padStart(6, '0')}.h5`;
  const beginMs = performance.now();
  for (let frame = 0; frame < frames; frame++) {
    const waitMs = beginMs + (frame * 1000) / RATE_HZ - performance.now();
    if (waitMs > 1) await sleep(waitMs);
    const message = series.image(frame);
    const file = Math.floor(frame / framesPerFile);
    if ((frame + 1) % framesPerFile === 0) {
      sentAtMs[file] = performance.now();
      stored.push(appears(path.join(installation.storeDir, installation.experiment.code, name(file))));
    }
    await push.send(message);
  }
  await push.send(series.end());
  const storedAtMs = await Promise.all(stored);
  const untilMs = performance.now() + PATIENCE_MS;
  while (eventAtMs.size < FILES && performance.now() < untilMs) await sleep(20);
  const latencies = storedAtMs.map((atMs, file) => atMs - sentAtMs[file]!);
  const events = sentAtMs.map((atMs, file) => (eventAtMs.get(name(file)) ?? Number.POSITIVE_INFINITY) - atMs);
  process.stdout.write(
    `${JSON.stringify({
      bench: 'stream-latency',
      files: FILES,
      p50_ms: percentile(latencies, 0.5),
      p95_ms: percentile(latencies, 0.95),
      event_p50_ms: percentile(events, 0.5),
      event_p95_ms: percentile(events, 0.95),
      detector: DETECTOR,
      rate_hz: RATE_HZ,
      frames_per_file: framesPerFile,
    })}\n`,
  );
} finally {
  stopping.abort();
  push.close();
  await installation.stop();
}
