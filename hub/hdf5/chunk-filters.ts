import { byteLength, type Dtype } from '#src/shared/model/dtype.ts';
import type { StreamFilter } from '#src/shared/model/stream.ts';
import type { FilterDescription } from './format/messages.ts';

/** Compression of a chunk as the detector sent it; the bytes are stored unchanged. */
export type ChunkFilter = StreamFilter;

/**
 * Registered filters of the HDF Group's list. Client values of bitshuffle: plug-in version (major, minor), element size,
 * block size (0 = from the blob's own 12-byte header), 2 = LZ4 or 3 = Zstandard; neggia and the plug-in read element size and
 * algorithm. Zstandard needs a plug-in of bitshuffle 0.4 or later that was built with it; neggia has no Zstandard.
 * The LZ4 filter takes everything from the blob's header.
 */
export function filterDescription(filter: ChunkFilter, dtype: Dtype): FilterDescription | undefined {
  switch (filter) {
    case 'bslz4':
    case 'bszstd':
      return {
        id: 32008,
        name: 'bitshuffle; see https://github.com/kiyo-masui/bitshuffle',
        clientValues: [0, 3, byteLength(dtype), 0, filter === 'bslz4' ? 2 : 3],
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
