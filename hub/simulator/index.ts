import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger, pino } from 'pino';
import { makeSeriesUniqueId } from '#src/shared/model/series-unique-id.ts';
import { type PlannedSeries, planSeries } from './beamline-programme.ts';
import { explainBindFailure, MessageSender, SendStopped } from './message-sender.ts';
import { type SeriesIds, SimulatedDetector, SimulatedSeries } from './simulated-series.ts';
import {
  OptionFault,
  parseSimulatorOptions,
  SIMULATOR_USAGE,
  type SimulatorOptions,
} from './simulator-options.ts';
import { toStreamV1 } from './stream-v1-output.ts';

/** Time for the last message of a series that is cut short by SIGTERM. */
const END_PATIENCE_MS = 2000;

/** @param previousId of the series before; detectors count on, over restarts too: seconds since 2026 need no state */
function makeIds(previousId: number): SeriesIds {
  const nowMs = Date.now();
  const random = crypto.getRandomValues(new Uint8Array(16));
  return {
    seriesId: Math.max(previousId + 1, Math.floor((nowMs - Date.UTC(2026, 0, 1)) / 1000)),
    seriesUniqueId: makeSeriesUniqueId(nowMs, random),
    armDate: new Date(nowMs).toISOString(),
  };
}

async function sleepUntil(timeMs: number, signal: AbortSignal): Promise<void> {
  const waitMs = timeMs - performance.now();
  if (waitMs <= 0 || signal.aborted) return;
  try {
    await sleep(waitMs, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Sends one series; after a start has left, an `end` follows whatever happens, so that no receiver is left waiting. */
async function measureSeries(
  detector: SimulatedDetector,
  plan: PlannedSeries,
  ids: SeriesIds,
  sender: MessageSender,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const { framesPerSeries, rateHz, protocol } = detector.options;
  const onWire = (message: Uint8Array) => (protocol === 'stream-v1' ? toStreamV1(message) : message);
  const series = new SimulatedSeries(detector, plan, ids);
  const log = logger.child({ series: ids.seriesId, sample: plan.sampleName, prefix: plan.filePrefix });
  if (signal.aborted) return;
  await sender.send(onWire(series.start()));
  log.info({ frames: framesPerSeries, reflections: series.spotCount }, 'series started');
  const startedMs = performance.now();
  let frames = 0;
  let sentBytes = 0;
  let latestMs = 0;
  try {
    for (; frames < framesPerSeries && !signal.aborted; frames++) {
      const image = series.image(frames);
      const message = onWire(image);
      const dueMs = startedMs + (frames * 1000) / rateHz;
      latestMs = Math.max(latestMs, performance.now() - dueMs);
      await sleepUntil(dueMs, signal);
      if (signal.aborted) break;
      await sender.send(message);
      sentBytes += image.length;
    }
  } catch (error) {
    if (!(error instanceof SendStopped)) throw error;
  }
  const seconds = (performance.now() - startedMs) / 1000;
  try {
    await sender.send(onWire(series.end()), signal.aborted ? END_PATIENCE_MS : undefined);
    log.info(
      {
        frames,
        megabytes: Math.round(sentBytes / 1e5) / 10,
        framesPerS: Math.round((10 * frames) / seconds) / 10,
        behindMs: Math.round(latestMs),
      },
      frames === framesPerSeries ? 'series complete' : 'series cut short, end sent',
    );
  } catch (error) {
    if (!(error instanceof SendStopped)) throw error;
    log.warn({ frames }, 'series cut short; nobody took its end');
  }
}

async function runBeamline(options: SimulatorOptions, logger: Logger): Promise<void> {
  const sender = await MessageSender.bind({
    endpoint: options.endpoint,
    queueMessages: options.queueMessages,
    lingerMs: END_PATIENCE_MS,
    onWaiting: (waiting) =>
      waiting
        ? logger.warn({ endpoint: options.endpoint }, 'nobody takes the stream; the series waits')
        : logger.info('the stream flows again'),
  });
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      logger.info({ signal: name }, 'stopping');
      stop.abort();
      sender.stop();
    });
  }
  logger.info(
    {
      endpoint: sender.address,
      detector: options.detector.name,
      dtype: options.dtype,
      rateHz: options.rateHz,
      seed: options.seed,
    },
    'simulated beamline ready',
  );
  try {
    const detector = new SimulatedDetector(options);
    let previousId = 0;
    for (const plan of planSeries(options)) {
      const ids = makeIds(previousId);
      previousId = ids.seriesId;
      await measureSeries(detector, plan, ids, sender, logger, stop.signal);
      if (stop.signal.aborted || plan.seriesNumber === options.seriesCount) break;
      await sleepUntil(performance.now() + options.pauseS * 1000, stop.signal);
      if (stop.signal.aborted) break;
    }
  } catch (error) {
    if (!(error instanceof SendStopped)) throw error;
  } finally {
    sender.close();
  }
  logger.info('stopped');
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(`${SIMULATOR_USAGE}\n`);
    return 0;
  }
  const logger = pino({ name: 'simulator' });
  try {
    const options = parseSimulatorOptions(args, crypto.getRandomValues(new Uint32Array(1))[0]);
    try {
      await runBeamline(options, logger);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && 'address' in error)) throw error;
      throw new OptionFault(explainBindFailure(options.endpoint, error));
    }
    return 0;
  } catch (error) {
    if (!(error instanceof OptionFault)) throw error;
    logger.fatal(error.message);
    process.stderr.write(`${error.message}\nOptions: node hub/simulator/index.ts --help\n`);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
