import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SYNC } from '#hub/agent/agent-program.ts';
import { encodeTestChunk, testPixels } from '#hub/hdf5/testing/test-frames.ts';
import { writeSeries } from '#hub/hdf5/testing/write-series.ts';
import { mountBucket } from '#scripts/lib/rclone-mount.ts';
import type { Installation } from '../torture/parts/installation.ts';
import { startLink } from './link.ts';
import type { Scenario } from './scenario.ts';

const FRAMES = 24;
const FRAMES_PER_FILE = 8;
/** An EIGER2 1M. */
const SHAPE = [1065, 1030] as const;
const PIXELS = SHAPE[0] * SHAPE[1];
const GBIT_S = 1;
const ROUND_TRIP_MS = 2;
const PATIENCE_MS = 180_000;

const CHANNEL = { name: 'threshold_1', dtype: 'u2', shape: SHAPE, filter: 'bslz4' } as const;

/** One sample as a file writer leaves it: a master and its data files. Returns their names. */
function writeSample(folder: string, sample: number, chunks: readonly Uint8Array[]): string[] {
  // Other frames in another order for every sample, so that no two files are the same.
  const frames = Array.from({ length: FRAMES }, (_, frame) => [
    chunks[(frame * 7 + sample) % chunks.length]!,
  ]);
  const { masterPath, dataPaths } = writeSeries(folder, {
    prefix: `sample_${String(sample).padStart(2, '0')}`,
    frames,
    master: {
      wavelengthA: 0.9763,
      pixelSizeXM: 75e-6,
      pixelSizeYM: 75e-6,
      beamCenterXPx: SHAPE[1] / 2,
      beamCenterYPx: SHAPE[0] / 2,
      distanceM: 0.15 + sample / 1000,
      frameTimeS: 0.01,
      goniometer: { omega: { startDeg: sample, incrementDeg: 0.1 } },
      channels: [CHANNEL],
      framesPerFile: FRAMES_PER_FILE,
    },
  });
  return [...dataPaths, masterPath].map((file) => path.basename(file));
}

/** Where jobs read: the folder of the store, or its bucket, mounted as docs/operations.md says. */
async function openTree({ rgw, storeDir }: Installation): Promise<{ dir: string; close(): Promise<void> }> {
  return rgw ? mountBucket(rgw.settings) : { dir: storeDir, close: async () => undefined };
}

/** Somebody who works with the files in the experiment's tree as soon as they are there. Resolves with how many it read as they were. */
async function readAsTheyCome(tree: string, expected: ReadonlyMap<string, string>): Promise<number> {
  const waiting = new Set(expected.keys());
  const until = Date.now() + PATIENCE_MS;
  while (waiting.size > 0) {
    if (Date.now() > until)
      throw new Error(`${waiting.size} files never appeared in the tree, ${[...waiting][0]} among them`);
    for (const name of waiting) {
      const file = path.join(tree, name);
      if (!existsSync(file)) continue;
      const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
      if (sha256 !== expected.get(name)) throw new Error(`${name} is in the tree with other bytes`);
      waiting.delete(name);
    }
    await sleep(50);
  }
  return expected.size;
}

export const p14: Scenario = {
  name: 'p14',
  about: `25 samples as NXmx, copied into a folder of a SYNC after they were written, over a link of ${GBIT_S} Gbit/s, while a reader works on the experiment's tree`,
  program: SYNC,
  async play(trial, say) {
    const samples = trial.amount(25, 3);
    const places = [trial.code('A')];
    const landing = trial.openLanding();
    const written = landing.beside('written');
    const chunks = Array.from({ length: 16 }, (_, frame) =>
      encodeTestChunk('bslz4', 'u2', testPixels('u2', PIXELS, frame)),
    );
    const names = Array.from({ length: samples }, (_, sample) =>
      writeSample(written, sample + 1, chunks),
    ).flat();
    const link = await startLink(trial, { bytesPerS: (GBIT_S * 1e9) / 8, roundTripMs: ROUND_TRIP_MS });
    trial.onEnd(() => void link.stop());
    await trial.startAgent({ relays: link.relays });
    const expected = new Map<string, string>();
    const begin = performance.now();
    let bytes = 0;
    mkdirSync(landing.at('p14'));
    for (const name of names) {
      const content = readFileSync(path.join(written, name));
      expected.set(name, landing.note(`p14/${name}`, content, { places }).contents.at(-1)!.sha256);
      bytes += content.length;
    }
    const tree = await openTree(trial.installation);
    let read: number;
    try {
      const reading = readAsTheyCome(path.join(tree.dir, trial.code('A'), 'raw/p14'), expected);
      for (const name of names) copyFileSync(path.join(written, name), landing.at(`p14/${name}`));
      read = await reading;
    } finally {
      await tree.close();
    }
    const seconds = (performance.now() - begin) / 1000;
    say(
      `${samples} samples, ${samples * FRAMES} frames in ${names.length} files, ${(bytes / 1e6).toFixed(0)} MB`,
    );
    say(
      `read from the tree with the bytes they were written with: ${read} files, all within ${seconds.toFixed(1)} s`,
    );
    const view = await trial.untilQuiet();
    const complete = view.datasets.filter(({ state }) => state === 'complete');
    const frames = complete.reduce((sum, { framesStored }) => sum + framesStored, 0);
    if (complete.length !== samples || frames !== samples * FRAMES)
      throw new Error(`${complete.length} of ${samples} datasets are complete, with ${frames} frames`);
    say(`${complete.length} datasets complete, with ${frames} frames`);
    return { heldBack: [] };
  },
};
