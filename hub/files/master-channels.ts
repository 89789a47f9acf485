import { type FileHandle, open } from 'node:fs/promises';
import { Hdf5Error } from '#src/shared/hdf5/hdf5-error.ts';
import { channelsOfMaster, type MasterChannels } from '#src/shared/hdf5/master-channels.ts';

async function readRange(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  const { bytesRead } = await handle.read(bytes, 0, length, offset);
  return bytes.subarray(0, bytesRead);
}

/** The channels of a master. Null: it has one, or none that can be told apart, or it cannot be read, which the library says better. */
export async function masterChannels(path: string): Promise<MasterChannels | null> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch {
    return null;
  }
  try {
    const { size: sizeBytes } = await handle.stat();
    return await channelsOfMaster({ sizeBytes, readRange: (at, length) => readRange(handle, at, length) });
  } catch (error) {
    if (error instanceof Hdf5Error) return null;
    throw error;
  } finally {
    await handle.close();
  }
}
