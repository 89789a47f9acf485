import { decodeChunk } from '#src/shared/codecs/chunk.ts';
import type { DtypeArray } from '#src/shared/model/dtype.ts';
import type { HubRig } from './hub-rig.ts';

/** Every frame of a dataset as the store holds it: id → compressed bytes, found through the chunk tables. */
export function storedFrames(rig: HubRig, datasetId: string, channel: string): Map<number, Uint8Array> {
  const frames = new Map<number, Uint8Array>();
  for (const file of rig.peer.files.filter((one) => one.datasetId === datasetId)) {
    const table = file.complete.chunks.find((one) => one.channel === channel);
    if (!table) continue;
    const bytes = rig.stored(file.path);
    const entries = Buffer.from(table.entries, 'base64');
    for (let row = 0; row < table.rows; row++) {
      const offset = Number(entries.readBigUInt64LE(row * 12));
      const size = entries.readUInt32LE(row * 12 + 8);
      if (size === 0) continue;
      const frame = table.firstFrame + row;
      if (frames.has(frame)) throw new Error(`frame ${frame} is stored twice`);
      frames.set(frame, bytes.subarray(offset, offset + size));
    }
  }
  return frames;
}

/** The pixels of one stored frame. */
export function storedPixels(rig: HubRig, datasetId: string, channel: string, frame: number): DtypeArray {
  const dataset = rig.peer.datasets.get(datasetId)!;
  const { dtype, shape, filter } = dataset.request.channels.find(({ name }) => name === channel)!;
  const bytes = storedFrames(rig, datasetId, channel).get(frame)!;
  return decodeChunk({ dtype, filter, bytes, elements: shape[0] * shape[1] });
}
