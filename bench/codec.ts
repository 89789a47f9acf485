import { planSeries } from '#hub/simulator/beamline-programme.ts';
import { SimulatedDetector, SimulatedSeries } from '#hub/simulator/simulated-series.ts';
import { parseSimulatorOptions } from '#hub/simulator/simulator-options.ts';
import { decodeBslz4, encodeBslz4 } from '#src/shared/codecs/bslz4.ts';
import { crc32c } from '#src/shared/codecs/crc32c.ts';
import { decodeStreamV2, encodeStreamV2Image } from '#src/shared/codecs/stream-v2.ts';
import { byteLength } from '#src/shared/model/dtype.ts';

/*
 * How fast frames are packed and unpacked, on simulated frames of an EIGER2 4M (4.5 Mpx, 1 to 3 counts of background).
 * Claim: 4 Mpx of 16 bits are decoded in about 6 ms. Prints one JSON line last; times are medians in ms.
 */

const ROUNDS = 15;

function medianMs(work: () => void): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const startedMs = performance.now();
    work();
    return performance.now() - startedMs;
  }).sort((a, b) => a - b);
  return times[ROUNDS >> 1]!;
}

const round = (value: number) => Math.round(value * 100) / 100;

const rows = (['u16', 'u32'] as const).map((dtypeName) => {
  const options = parseSimulatorOptions(['--detector', 'eiger2-4m', '--dtype', dtypeName, '--frames', '2']);
  const plan = planSeries(options).next().value;
  const series = new SimulatedSeries(new SimulatedDetector(options), plan, {
    seriesId: 1,
    seriesUniqueId: 'bench',
    armDate: '2026-11-20T12:00:00.000Z',
  });
  const renderMs = medianMs(() => series.image(0));
  const message = series.image(0);
  const image = decodeStreamV2(message);
  if (image.type !== 'image') throw new Error('the simulator did not make an image');
  const array = [...image.channels.values()][0]!;
  const size = byteLength(array.dtype);
  const pixels = array.shape[0] * array.shape[1];
  const target = new Uint8Array(pixels * size);
  const decodeMs = medianMs(() => decodeBslz4(array.bytes, size, target));
  const encodeMs = medianMs(() => encodeBslz4(target, size));
  const messageUs = medianMs(() => {
    for (let n = 0; n < 1000; n++) decodeStreamV2(message);
  });
  const packMs = medianMs(() => encodeStreamV2Image(image));
  const crcMs = medianMs(() => crc32c(message));
  const row = {
    dtype: dtypeName,
    megapixels: round(pixels / 1e6),
    compressed_mb: round(array.bytes.length / 1e6),
    ratio: round(target.length / array.bytes.length),
    decode_ms: round(decodeMs),
    decode_4mpx_ms: round((decodeMs * 4e6) / pixels),
    encode_ms: round(encodeMs),
    render_and_encode_ms: round(renderMs),
    stream_decode_us: round(messageUs),
    stream_encode_ms: round(packMs),
    crc32c_mb_s: Math.round(message.length / 1e3 / crcMs),
  };
  process.stdout.write(`${JSON.stringify(row)}\n`);
  return row;
});

process.stdout.write(
  `${JSON.stringify({ bench: 'codec', decode_4mpx_u16_ms: rows[0]!.decode_4mpx_ms, decode_4mpx_u32_ms: rows[1]!.decode_4mpx_ms, rows })}\n`,
);
