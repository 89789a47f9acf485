import { decodeBslz4 } from '#src/shared/codecs/bslz4.ts';
import { decodeBszstd, MAX_BSZSTD_EXPANSION } from '#src/shared/codecs/bszstd.ts';
import { decodeChunk, type EncodedChunk } from '#src/shared/codecs/chunk.ts';
import { CodecError } from '#src/shared/codecs/codec-error.ts';
import { MAX_EXPANSION } from '#src/shared/codecs/lz4.ts';
import { type BlobPart, splitBitshuffled } from '#src/shared/codecs/split-bitshuffled.ts';
import { byteLength, type DtypeArray, typedArrayOver } from '#src/shared/model/dtype.ts';

type SharedFilter = 'bslz4' | 'bszstd';
type ElementSize = ReturnType<typeof byteLength>;

/** From one decoding worker to another. */
export type PartMessage =
  | {
      kind: 'decode';
      id: number;
      filter: SharedFilter;
      elementSize: ElementSize;
      blob: ArrayBuffer;
      sizeBytes: number;
    }
  /** No pixels: the part is broken. */
  | { kind: 'decoded'; id: number; pixels: ArrayBuffer | null }
  /** Memory of a part that was used up, for the next one: fresh memory costs as much as decoding. */
  | { kind: 'memory'; memory: ArrayBuffer };

interface Order {
  out: Uint8Array<ArrayBuffer>;
  parts: readonly BlobPart[];
  filter: SharedFilter;
  elementSize: ElementSize;
}

export type PartPort = Pick<MessagePort, 'postMessage' | 'onmessage'>;

const FILTERS: Record<SharedFilter, { decode: typeof decodeBslz4; expansion: number }> = {
  bslz4: { decode: decodeBslz4, expansion: MAX_EXPANSION },
  bszstd: { decode: decodeBszstd, expansion: MAX_BSZSTD_EXPANSION },
};
/** Below this, handing parts over takes longer than decoding them. */
export const LEAST_SHARED_BYTES = 4 * 1024 * 1024;
/** Small enough that the last part keeps nobody waiting, or is soon decoded twice. */
const PART_BYTES = 4 * 1024 * 1024;
/** Parts a peer has at a time: it need not wait for the next. */
const GIVEN_AT_ONCE = 2;

const isShared = (filter: string): filter is SharedFilter => filter in FILTERS;

/** The other workers of the page, each at its port: they decode parts of frames for this one, and this one for them. */
export class PartPeers {
  private readonly ports: PartPort[] = [];
  private readonly waiting = new Map<number, (pixels: ArrayBuffer | null) => void>();
  private memory: ArrayBuffer[] = [];
  private nextId = 1;

  add(port: PartPort): void {
    this.ports.push(port);
    port.onmessage = ({ data }: MessageEvent<PartMessage>) => this.hear(port, data);
  }

  get count(): number {
    return this.ports.length;
  }

  private hear(port: PartPort, message: PartMessage): void {
    if (message.kind === 'decoded') {
      this.waiting.get(message.id)?.(message.pixels);
      this.waiting.delete(message.id);
    } else if (message.kind === 'memory')
      this.memory = [...this.memory.slice(1 - GIVEN_AT_ONCE), message.memory];
    else {
      const { id, filter, elementSize, blob, sizeBytes } = message;
      const spare = this.memory.pop();
      const memory = spare?.byteLength === sizeBytes ? spare : new ArrayBuffer(sizeBytes);
      const answer: PartMessage = { kind: 'decoded', id, pixels: memory };
      try {
        FILTERS[filter].decode(new Uint8Array(blob), elementSize, new Uint8Array(memory));
      } catch {
        answer.pixels = null;
      }
      port.postMessage(answer, answer.pixels ? [answer.pixels] : []);
    }
  }

  /**
   * As `decodeChunk`, with the blocks of one frame shared among this worker and its peers. A peer that is busy gets less; what it has
   * not sent when all else is done, is decoded here.
   * @throws CodecError as `decodeChunk`, and the reason of the signal
   */
  async decode(chunk: EncodedChunk, signal?: AbortSignal): Promise<DtypeArray> {
    const { filter, dtype, bytes, elements } = chunk;
    const elementSize = byteLength(dtype);
    const wantedBytes = elements * elementSize;
    if (this.ports.length === 0 || !isShared(filter) || wantedBytes < LEAST_SHARED_BYTES)
      return decodeChunk(chunk);
    const parts = partsOf(bytes, filter, wantedBytes, Math.ceil(wantedBytes / PART_BYTES));
    if (!parts) return decodeChunk(chunk);
    const out = new Uint8Array(new ArrayBuffer(wantedBytes));
    const isWhole = await this.fill({ out, parts, filter, elementSize }, signal);
    // What is wrong with a part is said of the whole.
    return isWhole ? typedArrayOver(dtype, out.buffer, 0, elements) : decodeChunk(chunk);
  }

  /** False where a part is broken. */
  private async fill({ out, parts, filter, elementSize }: Order, signal?: AbortSignal): Promise<boolean> {
    const done = new Set<number>();
    const given: number[] = [];
    let isOver = false;
    let isBroken = false;
    let next = 0;
    let behind = parts.length;
    const give = (port: PartPort) => {
      if (isOver || isBroken || next === behind) return;
      const part = --behind;
      given.push(part);
      const { offset, sizeBytes } = parts[part]!;
      const id = this.nextId++;
      this.waiting.set(id, (pixels) => {
        if (!pixels) {
          isBroken = true;
          return;
        }
        if (!isOver && !done.has(part)) {
          out.set(new Uint8Array(pixels), offset);
          done.add(part);
        }
        port.postMessage({ kind: 'memory', memory: pixels } satisfies PartMessage, [pixels]);
        give(port);
      });
      const blob = parts[part]!.blob.slice().buffer;
      const order: PartMessage = { kind: 'decode', id, filter, elementSize, blob, sizeBytes };
      port.postMessage(order, [blob]);
    };
    const decodeHere = (part: number) => {
      const { blob, offset, sizeBytes } = parts[part]!;
      FILTERS[filter].decode(blob, elementSize, out.subarray(offset, offset + sizeBytes));
      done.add(part);
    };
    const isWanted = async () => {
      await turnOfEvents();
      signal?.throwIfAborted();
      return !isBroken;
    };
    try {
      for (let n = 0; n < GIVEN_AT_ONCE; n++) for (const port of this.ports) give(port);
      while (next < behind && (await isWanted())) if (next < behind) decodeHere(next++);
      // What was given last is what is least begun.
      for (const part of given.toReversed()) if ((await isWanted()) && !done.has(part)) decodeHere(part);
      return !isBroken;
    } catch (fault) {
      if (fault instanceof CodecError) return false;
      throw fault;
    } finally {
      isOver = true;
    }
  }
}

/** Null when the blob is not what it should be. */
function partsOf(
  bytes: Uint8Array,
  filter: SharedFilter,
  wantedBytes: number,
  parts: number,
): BlobPart[] | null {
  try {
    const split = splitBitshuffled(bytes, FILTERS[filter].expansion, parts);
    return split.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) === wantedBytes ? split : null;
  } catch {
    return null;
  }
}

/** Lets messages in. A timer would wait for milliseconds. */
function turnOfEvents(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port2.onmessage = () => {
      port2.close();
      resolve();
    };
    port1.postMessage(null);
  });
}
