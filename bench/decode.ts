import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { build } from 'esbuild';
import h5wasm, { type Dataset, File } from 'h5wasm/node';
import { buildDataFileHead, dataFileHeadBytes } from '#hub/hdf5/data-file.ts';
import { planSeries } from '#hub/simulator/beamline-programme.ts';
import { SimulatedDetector, SimulatedSeries } from '#hub/simulator/simulated-series.ts';
import { parseSimulatorOptions } from '#hub/simulator/simulator-options.ts';
import { CHROMIUM_FLAGS, ensureBrowser } from '#scripts/ensure-browser.ts';
import { decodeBslz4 } from '#src/shared/codecs/bslz4.ts';
import { decodeStreamV2 } from '#src/shared/codecs/stream-v2.ts';
import { byteLength } from '#src/shared/model/dtype.ts';
import type { DecodeFigures, DecodeOrder } from './lib/decode-page.ts';

/*
 * How fast frames of bitshuffle-LZ4 become pixels: ours against the HDF5 library in WebAssembly with its filter, in one run and in turn, in
 * Node (one thread) and in Chromium (a frame shared by as many workers as there are cores). Simulated EIGER2 4M frames of 32 bits. The
 * library reads from its own memory, and copies the pixels out of it, as any reader of it would have to. Prints one JSON line last;
 * MB/s of pixels, by the median.
 */

const FRAMES = 4;
const ROUNDS = 24;
const ROOT = join(import.meta.dirname, '..');
const PLUGINS = join(ROOT, 'node_modules', 'h5wasm-plugins', 'plugins');

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const tell = (text: string) => process.stderr.write(`${text}\n`);

const options = parseSimulatorOptions(['--detector', 'eiger2-4m', '--dtype', 'u32', '--frames', `${FRAMES}`]);
const series = new SimulatedSeries(new SimulatedDetector(options), planSeries(options).next().value, {
  ...{ seriesId: 1, seriesUniqueId: 'bench', armDate: '2026-11-20T12:00:00.000Z' },
});
const images = Array.from({ length: FRAMES }, (_, n) => {
  const image = decodeStreamV2(series.image(n));
  if (image.type !== 'image') throw new Error('the simulator did not make an image');
  return [...image.channels.values()][0]!;
});
const [first] = images;
const { dtype, shape } = first!;
const elementSize = byteLength(dtype) as 1 | 2 | 4;
const elements = shape[0] * shape[1];
const megabytes = (elements * elementSize) / 1e6;

/** The frames as the HUB stores them. */
function dataFile(): Uint8Array {
  const channels = [{ name: 'threshold_1', dtype, shape, filter: 'bslz4' as const }];
  let offset = dataFileHeadBytes(channels, FRAMES);
  const chunks = images.map(({ bytes }, frame) => {
    const chunk = { frame, channel: 0, offset, sizeBytes: bytes.length };
    offset += bytes.length;
    return chunk;
  });
  const sizes = { framesPerFile: FRAMES, frames: FRAMES, firstImageNumber: 1, fileBytes: offset };
  return Buffer.concat([
    buildDataFileHead({ channels, chunks, ...sizes }),
    ...images.map(({ bytes }) => bytes),
  ]);
}

async function inNode(path: string): Promise<{ ownMs: number; pluginMs: number }> {
  (await h5wasm.ready).insert_plugin_search_path(PLUGINS, 0);
  const file = new File(path, 'r');
  const dataset = file.get('/entry/data/data') as Dataset;
  const [own, plugin]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS + 1; round++) {
    const frame = round % FRAMES;
    const begun = performance.now();
    const pixels = decodeBslz4(images[frame]!.bytes, elementSize);
    const decoded = performance.now();
    const read = dataset.slice([[frame, frame + 1], [], []]) as unknown as Uint32Array;
    const ended = performance.now();
    const plain = new Uint8Array(read.buffer, read.byteOffset, read.byteLength);
    if (Buffer.compare(pixels, plain) !== 0) throw new Error(`frame ${frame} differs from the filter's`);
    // The first one also compiles both.
    if (round === 0) continue;
    own.push(decoded - begun);
    plugin.push(ended - decoded);
  }
  file.close();
  return { ownMs: median(own), pluginMs: median(plugin) };
}

async function bundle(entry: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'lib', entry)],
    ...{
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      logLevel: 'error',
    },
  });
  return outputFiles[0]!.contents;
}

async function inBrowser(file: Uint8Array): Promise<DecodeFigures> {
  const script = 'text/javascript';
  const answers: Record<string, { type: string; body: Uint8Array | string }> = {
    '/': { type: 'text/html', body: '<!doctype html><script type="module" src="/page.js"></script>' },
    '/page.js': { type: script, body: await bundle('decode-page.ts') },
    '/worker.js': { type: script, body: await bundle('decode-worker.ts') },
    '/libH5Zbshuf.so': { type: 'application/wasm', body: readFileSync(join(PLUGINS, 'libH5Zbshuf.so')) },
    '/frames.h5': { type: 'application/x-hdf5', body: file },
  };
  for (const [n, { bytes }] of images.entries()) {
    answers[`/frame-${n}`] = { type: 'application/octet-stream', body: bytes };
  }
  const server = createServer((request, response) => {
    const answer = answers[request.url ?? ''];
    if (answer) response.writeHead(200, { 'content-type': answer.type }).end(answer.body);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({
    executablePath: (await ensureBrowser()) ?? undefined,
    args: CHROMIUM_FLAGS,
  });
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => tell(error.message));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction('typeof measure === "function"');
    const order: DecodeOrder = { frames: FRAMES, elementSize, elements, rounds: ROUNDS };
    return (await page.evaluate(`measure(${JSON.stringify(order)})`)) as DecodeFigures;
  } finally {
    await browser.close();
    server.close();
  }
}

const folder = mkdtempSync(join(tmpdir(), 'beamdeck-decode-'));
try {
  const file = dataFile();
  const path = join(folder, 'frames.h5');
  writeFileSync(path, file);
  const node = await inNode(path);
  tell(`Node: ${node.ownMs.toFixed(1)} ms a frame, with the filter ${node.pluginMs.toFixed(1)} ms`);
  const figures = await inBrowser(file);
  if (!figures.isSame) throw new Error('frames decoded in the browser differ from those of the filter');
  const browser = { ownMs: median(figures.ownMs), pluginMs: median(figures.pluginMs) };
  tell(
    `Chromium, ${figures.workers} workers: ${browser.ownMs.toFixed(1)} ms a frame, with the filter ${browser.pluginMs.toFixed(1)} ms`,
  );
  const rate = (ms: number) => Math.round((megabytes * 1000) / ms);
  const result = {
    bench: 'decode',
    node_mb_s: rate(node.ownMs),
    node_plugin_mb_s: rate(node.pluginMs),
    browser_mb_s: rate(browser.ownMs),
    browser_plugin_mb_s: rate(browser.pluginMs),
    workers: figures.workers,
    frame_mb: Math.round(megabytes * 10) / 10,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
