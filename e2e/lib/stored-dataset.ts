import { decodeChunk } from '#src/shared/codecs/chunk.ts';
import { FRAME_ENTRY_BYTES } from '#src/shared/contracts/frame-index.ts';
import { demo } from '../demo-facility.ts';
import { eventually, type FacilityApi } from './facility-api.ts';
import { fingerprint } from './told-series.ts';

export type FrameIndexAnswer = Awaited<ReturnType<FacilityApi['datasets']['frameIndex']['query']>>;

/** An experiment's datasets with that text in their name, once none of them still arrives. */
export async function finishedDatasets(api: FacilityApi, search: string, experimentId = demo.experiment.id) {
  return eventually(`dataset ${search}`, 90_000, async (note) => {
    const { items } = await api.datasets.list.query({ experimentId, search, limit: 200 });
    note(items.map(({ base, state, framesStored }) => ({ base, state, framesStored })));
    return items.length > 0 && items.every(({ state }) => state !== 'receiving') ? items : null;
  });
}

/** Image ids → fingerprint of the decoded pixels, every frame fetched by range from its signed address. Throws for a frame stored twice. */
export async function readBack(index: FrameIndexAnswer): Promise<Map<number, string>> {
  const { dtype, shape, filter } = index.channels.find(({ name }) => name === index.channel)!;
  const stored = new Map<number, string>();
  for (const file of index.files) {
    const table = Buffer.from(file.entries, 'base64');
    for (let row = 0; row < file.rows; row++) {
      const offset = Number(table.readBigUInt64LE(row * FRAME_ENTRY_BYTES));
      const sizeBytes = table.readUInt32LE(row * FRAME_ENTRY_BYTES + 8);
      if (sizeBytes === 0) continue;
      const frame = file.firstFrame + row;
      if (stored.has(frame)) throw new Error(`frame ${frame} is stored twice`);
      const range = `bytes=${offset}-${offset + sizeBytes - 1}`;
      const answer = await fetch(file.url, { headers: { range } });
      if (answer.status !== 206) throw new Error(`frame ${frame}: ${answer.status} for ${range}`);
      const bytes = new Uint8Array(await answer.arrayBuffer());
      stored.set(frame, fingerprint(decodeChunk({ filter, dtype, bytes, elements: shape[0]! * shape[1]! })));
    }
  }
  return stored;
}

/** Frames named by ranges, in order. */
export const framesOf = (ranges: readonly (readonly [number, number])[]): number[] =>
  ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i));

/** The trigger's jobs of a dataset once none is under way any more. */
export async function finishedJobs(api: FacilityApi, datasetId: string) {
  return eventually(`the job of dataset ${datasetId}`, 120_000, async (note) => {
    const { items } = await api.jobs.list.query({ datasetId, limit: 10 });
    note(items.map(({ state, progress }) => ({ state, progress })));
    const ended = items.every(
      ({ state }) => state === 'succeeded' || state === 'failed' || state === 'cancelled',
    );
    return items.length > 0 && ended ? items : null;
  });
}
