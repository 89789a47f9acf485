import { setTimeout as sleep } from 'node:timers/promises';
import { Push } from 'zeromq';
import { planSeries } from '#hub/simulator/beamline-programme.ts';
import { SimulatedDetector, SimulatedSeries } from '#hub/simulator/simulated-series.ts';
import { parseSimulatorOptions } from '#hub/simulator/simulator-options.ts';
import { toStreamV1 } from '#hub/simulator/stream-v1-output.ts';
import { rewriteStreamIds } from '#src/shared/codecs/stream-v2-rewrite.ts';

/*
 * A detector at full speed, or at a rate of its own: a child of the benches. All messages of the series are made before, each with its own image
 * id, so that sending costs no more than ZeroMQ does.
 */

export interface SenderOrder {
  endpoint: string;
  /** Options of the simulator: detector, type, rate. */
  simulator: string[];
  frames: number;
  /** So often the series is sent in one go, with the same ids: each is a new one to whoever saw the end before. */
  repeats: number;
  /** Images per second over all; as fast as ZeroMQ takes them when it is not given. */
  rateHz?: number;
}

const RENDERED = 8;

/** Waits no longer than timers can tell: what is due within a millisecond goes now. */
async function until(atMs: number): Promise<void> {
  const waitMs = atMs - performance.now();
  if (waitMs > 1) await sleep(waitMs);
}

async function main(order: SenderOrder): Promise<void> {
  const options = parseSimulatorOptions([
    ...order.simulator,
    '--frames',
    String(order.frames),
    '--prerender',
    String(RENDERED),
  ]);
  const plan = planSeries(options).next().value;
  const ids = {
    seriesId: 1,
    seriesUniqueId: 'BENCH000000000000000000001',
    armDate: '2026-11-20T12:00:00.000Z',
  };
  const series = new SimulatedSeries(new SimulatedDetector(options), plan, ids);
  const rendered = Array.from({ length: Math.min(RENDERED, order.frames) }, (_, frame) =>
    series.image(frame),
  );
  const images = Array.from({ length: order.frames }, (_, imageId) =>
    rewriteStreamIds(rendered[imageId % rendered.length]!, { imageId }, Buffer.allocUnsafeSlow),
  );
  const imageBytes = images.reduce((sum, { length }) => sum + length, 0);
  const onWire = (message: Uint8Array) => (options.protocol === 'stream-v1' ? toStreamV1(message) : message);
  const [start, end] = [onWire(series.start()), onWire(series.end())];
  const messages = images.map(onWire);
  const push = new Push({ sendHighWaterMark: 64, linger: 0 });
  await push.bind(order.endpoint);
  process.send?.({ event: 'ready', imageBytes });
  const send = async () => {
    await push.send(start);
    const startedMs = performance.timeOrigin + performance.now();
    const beginMs = performance.now();
    let sent = 0;
    for (let repeat = 0; repeat < order.repeats; repeat++) {
      if (repeat > 0) await push.send(start);
      for (const message of messages) {
        if (order.rateHz) await until(beginMs + (sent++ * 1000) / order.rateHz);
        await push.send(message);
      }
      await push.send(end);
    }
    process.send?.({ event: 'sent', startedMs });
  };
  // Every message of the parent means: once more.
  process.on('message', () => void send());
  process.on('disconnect', () => process.exit(0));
}

await main(JSON.parse(process.argv[2]!) as SenderOrder);
