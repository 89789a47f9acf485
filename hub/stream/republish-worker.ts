import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Push } from 'zeromq';
import type { RepublishConfig } from '../agent/detector-config.ts';
import { sizeOf } from './message-memory.ts';

/*
 * The thread that sends messages on. ZeroMQ sends without copying and does not say when it is done, so the memory of what was
 * sent can only be left to the garbage collector, which looks through the whole heap for every 50 MB: cheap in a thread with
 * an empty heap, dear in the one that receives.
 */

/** What ZeroMQ holds per consumer beyond our own queue: little, so that the configured limits are the true ones. */
const SEND_AHEAD_MESSAGES = 4;
const RETRY_MS = 2000;
/** How long one attempt to send waits before it looks whether the process is to stop. */
const SEND_TIMEOUT_MS = 200;
/** At a stop, what waits is still sent to a consumer that takes it. */
const STOP_MS = 1000;

export interface RepublishWorkerData {
  config: RepublishConfig;
  /** Two counters: messages and bytes that were sent. */
  sent: BigInt64Array;
}

export type RepublishOrder = { parts: Uint8Array[] } | 'stop';
export type RepublishNews = { code: 'republish-bind-failed' | 'republish-failed'; message: string };

/** First in, first out; taking the first of a long list would move all others. */
class Queue {
  private items: Uint8Array[][] = [];
  private later: Uint8Array[][] = [];

  add(parts: Uint8Array[]): void {
    this.later.push(parts);
  }

  get first(): Uint8Array[] | undefined {
    if (this.items.length === 0) {
      this.items = this.later.reverse();
      this.later = [];
    }
    return this.items.at(-1);
  }

  drop(): void {
    this.items.pop();
  }
}

const { config, sent } = workerData as RepublishWorkerData;
const queue = new Queue();
const stopping = new AbortController();
let stopAtMs = Number.POSITIVE_INFINITY;
let wake: () => void = () => {};

const tell = (news: RepublishNews) => parentPort?.postMessage(news);
const pause = () => sleep(RETRY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);

parentPort?.on('message', (order: RepublishOrder) => {
  if (order === 'stop') {
    stopAtMs = performance.now() + STOP_MS;
    stopping.abort();
  } else queue.add(order.parts);
  wake();
});

async function open(socket: Push): Promise<void> {
  const { endpoint, mode } = config;
  if (mode === 'connect') {
    socket.connect(endpoint);
    return;
  }
  while (!stopping.signal.aborted) {
    try {
      await socket.bind(endpoint);
      return;
    } catch (error) {
      const message = `Messages cannot be sent on from ${endpoint}: ${String(error)}. Trying again.`;
      tell({ code: 'republish-bind-failed', message });
      await pause();
    }
  }
}

async function sendAll(socket: Push): Promise<void> {
  await open(socket);
  while (performance.now() < stopAtMs) {
    const parts = queue.first;
    if (parts === undefined) {
      if (stopping.signal.aborted) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      continue;
    }
    try {
      await socket.send(parts);
      queue.drop();
      Atomics.add(sent, 0, 1n);
      Atomics.add(sent, 1, BigInt(sizeOf(parts)));
    } catch (error) {
      // Nobody takes it now.
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') continue;
      tell({ code: 'republish-failed', message: `A message could not be sent on: ${String(error)}.` });
      await pause();
    }
  }
}

const socket = new Push({
  sendHighWaterMark: SEND_AHEAD_MESSAGES,
  sendTimeout: SEND_TIMEOUT_MS,
  reconnectInterval: 200,
  reconnectMaxInterval: 2000,
  tcpKeepalive: 1,
  linger: STOP_MS,
});
await sendAll(socket);
socket.close();
parentPort?.close();
