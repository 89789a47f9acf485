import { decodeStreamV1 } from '#src/shared/codecs/stream-v1.ts';
import { decodeStreamV2, encodeStreamV2Start, StreamDecodeError } from '#src/shared/codecs/stream-v2.ts';
import type { StreamMessage, StreamStart } from '#src/shared/model/stream.ts';
import type { DetectorProtocol } from '../agent/detector-config.ts';
import { sizeOf } from './message-memory.ts';

/** What a detector's protocol means; the rest of the HUB does not know which one it is. */
export interface StreamDecoder {
  /** For people. */
  readonly name: string;
  /** One ZeroMQ message, all its parts. @throws StreamDecodeError */
  decode(parts: readonly Uint8Array[], receivedAtMs: number): StreamMessage;
  /** A start of these parts as Stream V2, which is how starts are kept for the master file. */
  keptStart(start: StreamStart, parts: readonly Uint8Array[]): Uint8Array;
}

/** Null when the message was refused; `refused` is told why. */
export function decodeOrTell(
  decoder: StreamDecoder,
  parts: readonly Uint8Array[],
  receivedAtMs: number,
  refused: (why: string) => void,
): StreamMessage | null {
  try {
    return decoder.decode(parts, receivedAtMs);
  } catch (error) {
    if (!(error instanceof StreamDecodeError)) throw error;
    refused(`A message of ${sizeOf(parts)} bytes was refused as ${decoder.name}: ${error.message}.`);
    return null;
  }
}

/**
 * Stream V1 says a number alone, which a detector uses again after a restart: the unique id of the series that image
 * `imageId` (null: an end) of series number `seriesId` belongs to; null when there is none yet.
 */
export type FindSeries = (seriesId: number, imageId: number | null) => string | null;

export function createStreamDecoder(protocol: DetectorProtocol, findSeries: FindSeries): StreamDecoder {
  return protocol === 'stream-v1' ? streamV1(findSeries) : STREAM_V2;
}

const STREAM_V2: StreamDecoder = {
  name: 'Stream V2',
  decode(parts) {
    if (parts.length !== 1) {
      throw new StreamDecodeError(`it has ${parts.length} parts, Stream V2 sends one; is this Stream V1`);
    }
    return decodeStreamV2(parts[0]!);
  },
  keptStart: (_start, parts) => parts[0]!,
};

function streamV1(findSeries: FindSeries): StreamDecoder {
  return {
    name: 'Stream V1',
    decode(parts, receivedAtMs) {
      const receivedAt = new Date(receivedAtMs).toISOString();
      return decodeStreamV1(parts, {
        receivedAt,
        uniqueIdOf: (seriesId, imageId) => findSeries(seriesId, imageId) ?? `${seriesId}@${receivedAt}`,
      });
    },
    keptStart: (start) => encodeStreamV2Start(start),
  };
}
