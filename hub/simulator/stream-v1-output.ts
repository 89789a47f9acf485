import { decodeChunk } from '#src/shared/codecs/chunk.ts';
import {
  encodeStreamV1End,
  encodeStreamV1Image,
  encodeStreamV1Start,
} from '#src/shared/codecs/stream-v1-encode.ts';
import { decodeStreamV2 } from '#src/shared/codecs/stream-v2.ts';
import type { JsonLike, StreamImageArray } from '#src/shared/model/stream.ts';

/** Stream V1 sends tables uncompressed. */
function uncompressed(table: StreamImageArray): StreamImageArray {
  const elements = table.shape[0] * table.shape[1];
  const { filter, dtype, bytes } = table;
  return {
    ...table,
    filter: 'none',
    bytes: new Uint8Array(decodeChunk({ filter, dtype, bytes, elements }).buffer),
  };
}

const tables = (arrays: ReadonlyMap<string, StreamImageArray>) =>
  new Map([...arrays].slice(0, 1).map(([channel, table]) => [channel, uncompressed(table)]));

/**
 * A Stream V2 message of one channel as the parts of the same message in Stream V1; pixels are not copied. What Stream V1 has
 * no place for (user data) is appended to the start, as detectors do with their header appendix.
 */
export function toStreamV1(message: Uint8Array): Uint8Array[] {
  const decoded = decodeStreamV2(message);
  switch (decoded.type) {
    case 'start': {
      const { userData } = decoded;
      const appendix =
        typeof userData === 'object' && userData !== null && !Array.isArray(userData)
          ? (userData as Readonly<Record<string, JsonLike>>)
          : undefined;
      return encodeStreamV1Start({
        ...decoded,
        pixelMasks: tables(decoded.pixelMasks),
        flatfields: tables(decoded.flatfields),
        appendix,
      });
    }
    case 'image': {
      const [pixels] = decoded.channels.values();
      return encodeStreamV1Image({ ...decoded, pixels: pixels!, appendix: undefined });
    }
    case 'end':
      return encodeStreamV1End(decoded.seriesId);
    default:
      throw new Error(`Stream V1 has no ${decoded.type}`);
  }
}
