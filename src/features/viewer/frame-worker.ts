/// <reference lib="webworker" />
import { decodeChunk } from '#src/shared/codecs/chunk.ts';
import { binMaximum } from '#src/shared/model/bin-maximum.ts';
import { type Dtype, type DtypeArray, dtypeInvalidValue } from '#src/shared/model/dtype.ts';
import { frameStatistics } from './contrast.ts';
import type { FrameLocation } from './frame-locator.ts';
import type { FrameRequest, FromWorker, StackRequest, ToWorker } from './frame-messages.ts';
import { createStack, stackDtype } from './frame-stack.ts';
import { PartPeers } from './shared-decoding.ts';

/** Runs in a browser worker: fetches the byte range of a frame from the store, decodes it, hands the pixels over. */
const scope = globalThis as unknown as DedicatedWorkerGlobalScope;
const running = new Map<number, AbortController>();
let mask: Uint8Array<ArrayBuffer> | null = null;
/** Resolves once the pixel mask is here, or it is known that none will be. */
let maskIsKnown: PromiseWithResolvers<void> | null = null;
const peers = new PartPeers();

/** Decoded frames of the last stack: the next window of frames shares all but one of them. */
const STACK_BUDGET_BYTES = 256 * 1024 * 1024;
/** Frames of a stack on their way at a time. */
const FETCHED_AHEAD = 4;
const decoded = new Map<string, DtypeArray>();

const answer = (message: FromWorker, transfer: Transferable[] = []) => scope.postMessage(message, transfer);

class FetchProblem extends Error {
  readonly reason: 'expired' | 'unreachable' | 'broken';
  constructor(reason: 'expired' | 'unreachable' | 'broken', message: string) {
    super(message);
    this.reason = reason;
  }
}

async function fetchRange(location: FrameLocation, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const started = performance.now();
  const giveUp = () =>
    answer({ kind: 'given-up', bytes: location.sizeBytes, afterMs: performance.now() - started });
  signal.addEventListener('abort', giveUp);
  try {
    return await fetchBytes(location, signal);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

async function fetchBytes(location: FrameLocation, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const last = location.offset + location.sizeBytes - 1;
  const response = await fetch(location.url, {
    headers: { range: `bytes=${location.offset}-${last}` },
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
  if (bytes.length !== location.sizeBytes)
    throw new FetchProblem('broken', `The data server sent ${bytes.length} of ${location.sizeBytes} bytes.`);
  return bytes;
}

interface Made {
  pixels: DtypeArray;
  dtype: Dtype;
  shape: readonly [number, number];
  fetchedBytes: number;
  fetchMs: number;
  decodeMs: number;
}

const chunkOf = ({ filter, dtype, shape }: FrameRequest | StackRequest, bytes: Uint8Array<ArrayBuffer>) => ({
  ...{ filter, dtype, bytes },
  elements: shape[0] * shape[1],
});

async function makeFrame(request: FrameRequest, signal: AbortSignal): Promise<Made> {
  const started = performance.now();
  const bytes = await fetchRange(request, signal);
  const fetched = performance.now();
  const { dtype, shape } = request;
  const chunk = chunkOf(request, bytes);
  const full = request.isUrgent ? await peers.decode(chunk, signal) : decodeChunk(chunk);
  const decodeMs = performance.now() - fetched;
  if (!request.isMask) await maskIsKnown?.promise;
  const factor = request.binTo === null ? 1 : Math.max(1, Math.ceil(Math.max(...shape) / request.binTo));
  const fitting = mask?.length === full.length ? mask : null;
  const shown =
    factor === 1
      ? { pixels: full, shape }
      : binMaximum(full, dtype, shape, factor, { mask: fitting, invalid: dtypeInvalidValue(dtype) });
  return {
    ...shown,
    dtype,
    fetchedBytes: bytes.length,
    fetchMs: fetched - started,
    decodeMs,
  };
}

/** Keeps a decoded frame if it has room beside the others of its stack; those of former stacks give way. */
function keepDecoded(key: string, pixels: DtypeArray, needed: ReadonlySet<string>): void {
  let bytes = pixels.byteLength;
  for (const kept of decoded.values()) bytes += kept.byteLength;
  for (const [old, kept] of decoded) {
    if (bytes <= STACK_BUDGET_BYTES) break;
    if (needed.has(old)) continue;
    decoded.delete(old);
    bytes -= kept.byteLength;
  }
  if (bytes <= STACK_BUDGET_BYTES) decoded.set(key, pixels);
}

async function makeStack(request: StackRequest, signal: AbortSignal): Promise<Made> {
  const { frames, dtype, shape, how } = request;
  const started = performance.now();
  const needed = new Set(frames.map(({ key }) => key));
  const stack = createStack(dtype, how, shape[0] * shape[1]);
  const fetching = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
  let fetchedBytes = 0;
  let waitedMs = 0;
  for (const [n, { key }] of frames.entries()) {
    for (const ahead of frames.slice(n, n + FETCHED_AHEAD)) {
      if (decoded.has(ahead.key) || fetching.has(ahead.key)) continue;
      const bytes = fetchRange(ahead, signal);
      // Its fault is told when its turn comes; until then it is nobody's.
      bytes.catch(() => undefined);
      fetching.set(ahead.key, bytes);
    }
    let pixels = decoded.get(key);
    if (!pixels) {
      const from = performance.now();
      const bytes = await (fetching.get(key) ?? fetchRange(frames[n]!, signal));
      fetching.delete(key);
      // Lets a cancellation in: decoding many frames takes a while.
      await new Promise((resolve) => setTimeout(resolve));
      signal.throwIfAborted();
      waitedMs += performance.now() - from;
      fetchedBytes += bytes.length;
      pixels = decodeChunk(chunkOf(request, bytes));
      keepDecoded(key, pixels, needed);
    }
    stack.add(pixels);
  }
  return {
    pixels: stack.result(),
    dtype: stackDtype(how, dtype),
    shape,
    fetchedBytes,
    fetchMs: waitedMs,
    decodeMs: performance.now() - started - waitedMs,
  };
}

async function load(request: FrameRequest | StackRequest): Promise<void> {
  const abort = new AbortController();
  running.set(request.id, abort);
  try {
    const made = await (request.kind === 'frame'
      ? makeFrame(request, abort.signal)
      : makeStack(request, abort.signal));
    const isMask = request.kind === 'frame' && request.isMask;
    if (!isMask) await maskIsKnown?.promise;
    abort.signal.throwIfAborted();
    const { pixels, dtype, shape, fetchedBytes, fetchMs, decodeMs } = made;
    const fitting = mask?.length === pixels.length ? mask : null;
    const invalid = dtypeInvalidValue(dtype);
    // A sum reaches beyond what one frame can: only then is the detector's limit no limit.
    const isSum = request.kind === 'stack' && request.how === 'sum';
    const saturation = isSum ? null : request.saturation;
    const negativeIsMasked = request.filter === 'byte-offset' || request.filter === 'tiff';
    const statistics = isMask
      ? null
      : frameStatistics(pixels, { mask: fitting, invalid, saturation, negativeIsMasked });
    const factor = request.overviewFactor;
    const small = factor > 1 ? binMaximum(pixels, dtype, shape, factor, { mask: fitting, invalid }) : null;
    const overview = small && { buffer: small.pixels.buffer, shape: small.shape, factor };
    const { buffer } = pixels;
    answer(
      {
        ...{ kind: 'loaded', id: request.id, buffer, shape, overview, dtype, statistics },
        ...{ fetchedBytes, fetchMs, decodeMs },
      },
      overview ? [buffer, overview.buffer] : [buffer],
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
  if (message.kind === 'frame' || message.kind === 'stack') void load(message);
  else if (message.kind === 'peer') peers.add(message.port);
  else if (message.kind === 'mask-coming') maskIsKnown ??= Promise.withResolvers();
  else if (message.kind === 'mask') {
    mask = message.mask;
    maskIsKnown?.resolve();
    maskIsKnown = null;
  } else running.get(message.id)?.abort();
};
