/// <reference lib="webworker" />
import { decodeChunk } from '#src/shared/codecs/chunk.ts';
import { binMaximum } from '#src/shared/model/bin-maximum.ts';
import { dtypeInvalidValue } from '#src/shared/model/dtype.ts';
import { frameStatistics } from './contrast.ts';
import type { FrameRequest, FromWorker, ToWorker } from './frame-messages.ts';

/** Runs in a browser worker: fetches the byte range of a frame from the store, decodes it, hands the pixels over. */
const scope = globalThis as unknown as DedicatedWorkerGlobalScope;
const running = new Map<number, AbortController>();
let mask: Uint8Array<ArrayBuffer> | null = null;

const answer = (message: FromWorker, transfer: Transferable[] = []) => scope.postMessage(message, transfer);

class FetchProblem extends Error {
  readonly reason: 'expired' | 'unreachable' | 'broken';
  constructor(reason: 'expired' | 'unreachable' | 'broken', message: string) {
    super(message);
    this.reason = reason;
  }
}

async function fetchRange(request: FrameRequest, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const last = request.offset + request.sizeBytes - 1;
  const response = await fetch(request.url, {
    headers: { range: `bytes=${request.offset}-${last}` },
    signal,
  }).catch((cause: unknown) => {
    if (signal.aborted) throw cause;
    throw new FetchProblem('unreachable', 'The data server does not answer.');
  });
  if (response.status === 401 || response.status === 403)
    throw new FetchProblem('expired', 'The address has expired.');
  if (response.status !== 206)
    throw new FetchProblem('unreachable', `The data server answered ${response.status}.`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes.length !== request.sizeBytes)
    throw new FetchProblem('broken', `The data server sent ${bytes.length} of ${request.sizeBytes} bytes.`);
  return bytes;
}

async function load(request: FrameRequest): Promise<void> {
  const abort = new AbortController();
  running.set(request.id, abort);
  try {
    const started = performance.now();
    const bytes = await fetchRange(request, abort.signal);
    const fetched = performance.now();
    const [rows, columns] = request.shape;
    const full = decodeChunk({
      filter: request.filter,
      dtype: request.dtype,
      bytes,
      elements: rows * columns,
    });
    const invalid = dtypeInvalidValue(request.dtype);
    const fitting = mask?.length === full.length ? mask : null;
    const factor =
      request.binTo === null ? 1 : Math.max(1, Math.ceil(Math.max(rows, columns) / request.binTo));
    const shown =
      factor === 1
        ? { pixels: full, shape: [rows, columns] as [number, number] }
        : binMaximum(full, request.dtype, request.shape, factor, { mask: fitting, invalid });
    const statistics = frameStatistics(shown.pixels, {
      mask: factor === 1 ? fitting : null,
      invalid,
      saturation: request.saturation,
    });
    answer(
      {
        kind: 'loaded',
        id: request.id,
        buffer: shown.pixels.buffer,
        shape: shown.shape,
        dtype: request.dtype,
        statistics,
        fetchedBytes: bytes.length,
        fetchMs: fetched - started,
        decodeMs: performance.now() - fetched,
      },
      [shown.pixels.buffer],
    );
  } catch (problem) {
    const message = problem instanceof Error ? problem.message : String(problem);
    const reason = abort.signal.aborted
      ? 'cancelled'
      : problem instanceof FetchProblem
        ? problem.reason
        : 'broken';
    answer({ kind: 'failed', id: request.id, reason, message });
  } finally {
    running.delete(request.id);
  }
}

scope.onmessage = (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  if (message.kind === 'frame') void load(message);
  else if (message.kind === 'mask') mask = message.mask;
  else running.get(message.id)?.abort();
};
