import h5wasm, { type Dataset, File } from 'h5wasm';
import { MAX_EXPANSION } from '#src/shared/codecs/lz4.ts';
import { splitBitshuffled } from '#src/shared/codecs/split-bitshuffled.ts';

/*
 * In a page of the browser: frames decoded by workers that share each of them, and the same frames read by the HDF5 library with its
 * filter, in one run. The page fetches what both need before the clock starts.
 */

export interface DecodeOrder {
  frames: number;
  elementSize: 1 | 2 | 4;
  elements: number;
  rounds: number;
}

export interface DecodeFigures {
  workers: number;
  ownMs: number[];
  pluginMs: number[];
  isSame: boolean;
}

const bytesAt = async (path: string) => new Uint8Array(await (await fetch(path)).arrayBuffer());

class Workers {
  readonly all: Worker[];
  private readonly waiting = new Map<number, (buffer: ArrayBuffer) => void>();
  private next = 0;

  constructor(count: number) {
    this.all = Array.from({ length: count }, () => {
      const worker = new Worker('/worker.js', { type: 'module' });
      worker.onmessage = ({ data }: MessageEvent<{ id: number; buffer: ArrayBuffer }>) => {
        this.waiting.get(data.id)?.(data.buffer);
        this.waiting.delete(data.id);
      };
      return worker;
    });
  }

  /** The parts of a frame, as a texture would take them: one behind the other. */
  async decode(blob: Uint8Array, elementSize: number): Promise<{ offset: number; bytes: Uint8Array }[]> {
    const parts = splitBitshuffled(blob, MAX_EXPANSION, this.all.length);
    return Promise.all(
      parts.map(({ blob: part, offset }, n) => {
        const id = this.next++;
        return new Promise<{ offset: number; bytes: Uint8Array }>((resolve) => {
          this.waiting.set(id, (buffer) => resolve({ offset, bytes: new Uint8Array(buffer) }));
          this.all[n]!.postMessage({ id, blob: part.buffer, elementSize }, [part.buffer]);
        });
      }),
    );
  }
}

async function openWithPlugin(): Promise<Dataset> {
  const module = await h5wasm.ready;
  module.FS.mkdirTree('/plugins');
  module.FS.writeFile('/plugins/libH5Zbshuf.so', await bytesAt('/libH5Zbshuf.so'));
  module.insert_plugin_search_path('/plugins', 0);
  module.FS.writeFile('/frames.h5', await bytesAt('/frames.h5'));
  return new File('/frames.h5', 'r').get('/entry/data/data') as Dataset;
}

async function measure({ frames, elementSize, elements, rounds }: DecodeOrder): Promise<DecodeFigures> {
  const blobs = await Promise.all(Array.from({ length: frames }, (_, n) => bytesAt(`/frame-${n}`)));
  const dataset = await openWithPlugin();
  const workers = new Workers(navigator.hardwareConcurrency);
  const ownMs: number[] = [];
  const pluginMs: number[] = [];
  let isSame = true;
  for (let round = 0; round < rounds + 1; round++) {
    const frame = round % frames;
    const begun = performance.now();
    const parts = await workers.decode(blobs[frame]!, elementSize);
    const decoded = performance.now();
    const pixels = dataset.slice([[frame, frame + 1], [], []]) as unknown as Uint32Array | Uint16Array;
    const read = performance.now();
    // The first one also compiles both.
    if (round > 0) {
      ownMs.push(decoded - begun);
      pluginMs.push(read - decoded);
    }
    const plain = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
    isSame &&= plain.length === elements * elementSize;
    isSame &&= parts.every(({ offset, bytes }) => bytes.every((byte, n) => byte === plain[offset + n]));
  }
  return { workers: workers.all.length, ownMs, pluginMs, isSame };
}

Object.assign(globalThis, { measure });
