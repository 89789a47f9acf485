import { byteLength, type Dtype } from '#src/shared/model/dtype.ts';
import type { FilterDescription } from './format/messages.ts';

/** Compression of a chunk as the detector sent it; the bytes are stored unchanged. */
export type ChunkFilter = 'bslz4' | 'lz4' | 'none';

/**
 * Registered filters of the HDF Group's list. Client values of bitshuffle: plug-in version (major, minor), element size,
 * block size (0 = from the blob's own 12-byte header), 2 = LZ4; neggia and the plug-in read element size and algorithm.
 * The LZ4 filter takes everything from the blob's header.
 */
export function filterDescription(filter: ChunkFilter, dtype: Dtype): FilterDescription | undefined {
  switch (filter) {
    case 'bslz4':
      return {
        id: 32008,
        name: 'bitshuffle; see https://github.com/kiyo-masui/bitshuffle',
        clientValues: [0, 3, byteLength(dtype), 0, 2],
      };
    case 'lz4':
      return {
        id: 32004,
        name: 'HDF5 lz4 filter; see http://www.hdfgroup.org/services/contributions.html',
        clientValues: [],
      };
    case 'none':
      return undefined;
  }
}
