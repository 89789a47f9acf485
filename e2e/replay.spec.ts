import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { decodeChunk } from '#src/shared/codecs/chunk.ts';
import { decodeStreamV2 } from '#src/shared/codecs/stream-v2.ts';
import { demo, expect, signIn, test } from './demo-facility.ts';
import { eventually, type FacilityApi, signedInApi } from './lib/facility-api.ts';
import { finishedDatasets, finishedJobs, readBack } from './lib/stored-dataset.ts';
import { fingerprint } from './lib/told-series.ts';

/** `npm run replay` of a real EIGER 1M series: twelve messages as a detector sent them. */

const ROOT = path.resolve(import.meta.dirname, '..');
const TESTDATA = process.env.BEAMDECK_TESTDATA ?? path.join(ROOT, '..', 'shared', 'testdata');
const CAPTURE = path.join(TESTDATA, 'stream_v2', 'eiger1m_32bit_bslz4');
/** As the capture's user data name it. */
const FOLDER = 'lyso1/dir';

function exitOf(child: ChildProcess): Promise<{ code: number | null; output: string }> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

/** Fingerprints of the captured frames by image id. */
function capturedFrames(): Map<number, string> {
  const frames = new Map<number, string>();
  for (const name of readdirSync(CAPTURE).sort()) {
    const message = decodeStreamV2(readFileSync(path.join(CAPTURE, name)));
    if (message.type !== 'image') continue;
    const [array] = [...message.channels.values()];
    const { dtype, filter, bytes, shape } = array!;
    frames.set(
      message.imageId,
      fingerprint(decodeChunk({ dtype, filter, bytes, elements: shape[0] * shape[1] })),
    );
  }
  return frames;
}

async function handledMessages(api: FacilityApi): Promise<number> {
  const { agents } = await api.cockpit.view.query({ slug: demo.instrument.slug });
  const detectors = agents.flatMap((agent) => agent.detectors);
  return detectors.find(({ name }) => name === 'replay')?.messages ?? 0;
}

const datasetsNow = async (api: FacilityApi) =>
  (await api.datasets.list.query({ experimentId: demo.experiment.id, search: FOLDER, limit: 200 })).items;

test('the recorded series of a real detector arrives whole, each time under a name of its own', async ({
  page,
}, info) => {
  info.skip(!existsSync(CAPTURE), `there is no recorded series in ${CAPTURE}`);
  test.setTimeout(180_000);
  const captured = capturedFrames();
  expect(captured.size).toBe(10);
  const api = await signedInApi('staff');
  const names: string[] = [];
  for (let pass = 1; pass <= 2; pass++) {
    const known = new Set((await datasetsNow(api)).map(({ id }) => id));
    const before = await handledMessages(api);
    const script = path.join(ROOT, 'scripts', 'replay.ts');
    const { code, output } = await exitOf(
      spawn(process.execPath, [script, CAPTURE, '--bind', demo.hub.replay], { cwd: ROOT }),
    );
    expect(code, output).toBe(0);
    expect(output).toContain('12 messages sent');
    await eventually('twelve messages handled', 30_000, async (note) => {
      const handled = (await handledMessages(api)) - before;
      note(handled);
      return handled === 12 || null;
    });
    const fresh = (await finishedDatasets(api, FOLDER)).filter(({ id }) => !known.has(id));
    expect(fresh).toHaveLength(1);
    const [dataset] = fresh;
    expect(dataset).toMatchObject({ state: 'complete', framesExpected: 10, framesStored: 10, missing: [] });
    const stored = await readBack(await api.datasets.frameIndex.query({ datasetId: dataset!.id }));
    expect([...stored].sort(([a], [b]) => a - b)).toEqual([...captured].sort(([a], [b]) => a - b));
    const jobs = await finishedJobs(api, dataset!.id);
    expect(jobs.map(({ state, failure }) => ({ state, failure }))).toEqual([
      { state: 'succeeded', failure: null },
    ]);
    names.push(dataset!.base);
  }
  const [first, second] = names;
  expect(first).toMatch(/^raw\/lyso1\/dir\/file(_\d+)?$/);
  const number = Number(/_(\d+)$/.exec(first!)?.[1] ?? 1);
  expect(second).toBe(`raw/lyso1/dir/file_${number + 1}`);

  await test.step('both lie in their folder of the file browser, 10 frames each', async () => {
    await signIn(page, 'member', `/experiments/${demo.experiment.code}/files?path=raw/${FOLDER}`);
    for (const name of names) {
      const shown = page.getByTitle(name.split('/').at(-1)!, { exact: true });
      await expect(shown).toBeVisible();
    }
    await expect(page.getByTitle('10 of 10 frames, all verified').first()).toBeVisible();
  });
});
