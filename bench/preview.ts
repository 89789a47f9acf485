import { type Preview, PreviewMaker } from '#hub/preview/preview-maker.ts';
import { makePreview } from '#hub/preview/preview-picture.ts';
import { planSeries } from '#hub/simulator/beamline-programme.ts';
import { SimulatedDetector, SimulatedSeries } from '#hub/simulator/simulated-series.ts';
import { parseSimulatorOptions } from '#hub/simulator/simulator-options.ts';
import { decodeChunk } from '#src/shared/codecs/chunk.ts';
import { decodeStreamV2 } from '#src/shared/codecs/stream-v2.ts';
import type { StreamImageArray } from '#src/shared/model/stream.ts';

/*
 * What the preview of a frame costs: in its own thread (decoding, binning, PNG) and in the thread that receives (offering a frame
 * that is not taken, and one that is copied). Simulated rotation frames of EIGER2 detectors. Claim: offering costs the
 * receiving thread less than one per cent of its time. Prints one JSON line last; times are medians.
 */

const ROUNDS = 9;
const IDLE_OFFERS = 10_000;

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}

async function medianMs(work: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startedMs = performance.now();
    await work();
    times.push(performance.now() - startedMs);
  }
  return median(times);
}

const round = (value: number) => Math.round(value * 100) / 100;

function simulatedFrame(detector: string, dtype: string): StreamImageArray {
  const options = parseSimulatorOptions(['--detector', detector, '--dtype', dtype, '--frames', '2']);
  const series = new SimulatedSeries(new SimulatedDetector(options), planSeries(options).next().value, {
    seriesId: 1,
    seriesUniqueId: 'bench',
    armDate: '2026-11-20T12:00:00.000Z',
  });
  const image = decodeStreamV2(series.image(0));
  if (image.type !== 'image') throw new Error('the simulator did not make an image');
  return [...image.channels.values()][0]!;
}

/** The whole way through the thread, and what of it the offering thread pays. */
async function throughTheThread({ dtype, shape, filter, bytes }: StreamImageArray) {
  const previews: Preview[] = [];
  const failures: string[] = [];
  let nowMs = 0;
  const maker = new PreviewMaker({
    onPreview: (preview) => previews.push(preview),
    onFailure: (_, message) => failures.push(message),
    now: () => nowMs,
  });
  const channel = { name: 'threshold_1', dtype, shape, filter };
  const series = { seriesKey: 'bench', channel, framesExpected: 40 * 100_000, dir: null };
  let frame = 0;
  const offerTimes: number[] = [];
  const threadMs = await medianMs(async () => {
    nowMs += 2000;
    const startedMs = performance.now();
    maker.offer(series, ++frame, bytes);
    offerTimes.push(performance.now() - startedMs);
    await maker.settled();
  });
  const startedMs = performance.now();
  for (let n = 0; n < IDLE_OFFERS; n++) maker.offer(series, ++frame, bytes);
  const leftUs = ((performance.now() - startedMs) * 1000) / IDLE_OFFERS;
  await maker.close();
  if (failures.length > 0 || previews.length !== ROUNDS) {
    throw new Error(`${previews.length} of ${ROUNDS} previews: ${failures.join(' ')}`);
  }
  return { threadMs, takenUs: median(offerTimes) * 1000, leftUs };
}

const rows = [];
for (const detector of ['eiger2-1m', 'eiger2-4m', 'eiger2-16m']) {
  for (const dtypeName of ['u16', 'u32']) {
    const frame = simulatedFrame(detector, dtypeName);
    const { dtype, shape, filter, bytes } = frame;
    const decode = () => decodeChunk({ filter, dtype, bytes, elements: shape[0] * shape[1] });
    const pixels = decode();
    const picture = makePreview({ pixels, dtype, shape, mask: null, negativeIsMasked: false });
    const decodeMs = await medianMs(decode);
    const pictureMs = await medianMs(() =>
      makePreview({ pixels, dtype, shape, mask: null, negativeIsMasked: false }),
    );
    const { threadMs, takenUs, leftUs } = await throughTheThread(frame);
    const row = {
      detector,
      dtype: dtypeName,
      compressed_mb: round(bytes.length / 1e6),
      png_kb: round(picture.png.length / 1e3),
      side_px: Math.max(picture.width, picture.height),
      decode_ms: round(decodeMs),
      picture_ms: round(pictureMs),
      thread_ms: round(threadMs),
      offer_taken_us: round(takenUs),
      offer_left_us: round(leftUs),
    };
    process.stdout.write(`${JSON.stringify(row)}\n`);
    rows.push(row);
  }
}
const perSecond = rows.map(({ offer_taken_us, offer_left_us }) => offer_taken_us + 1000 * offer_left_us);
process.stdout.write(
  `${JSON.stringify({ bench: 'preview', receiving_thread_us_per_s_at_1khz: round(Math.max(...perSecond)), rows })}\n`,
);
