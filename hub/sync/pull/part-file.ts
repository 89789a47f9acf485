import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { failureFrom, ServerRefused, ServerUnreachable } from '../../agent/http-transport.ts';
import type { Patience } from './patience.ts';
import { diskFault } from './pull-faults.ts';
import type { PullServer } from './pull-server.ts';

/** A link in the part's place is not followed. */
const FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
const RANGE_NOT_SATISFIABLE = 416;
/** So many tries that brought no byte are borne one after the other, while the store gives bytes of other files. */
const FRUITLESS_TRIES = 8;

export interface PartOrder {
  part: string;
  url: string;
  sizeBytes: number;
  /** What lies in the part already is the beginning of the same content. */
  isResumed: boolean;
  /** When it was complete at its source; null: now. */
  modifiedAt: Date | null;
}

interface PartContext {
  server: PullServer;
  /** With the store. */
  patience: Patience;
  signal: AbortSignal;
  dir: string;
  /** Hears of every byte that came. */
  arrived: (bytes: number) => void;
}

/** The address has ended, or leads to nothing any more: ask for another one. */
export class AddressEnded extends Error {}

/**
 * Brings the rest of a file into its part and makes it durable; connections that are cut go on where they were. Throws AddressEnded,
 * FileFault, PullEnded.
 */
export async function fillPart(context: PartContext, order: PartOrder): Promise<void> {
  const { dir } = context;
  const onDisk = <T>(action: Promise<T>): Promise<T> =>
    action.catch((error) => {
      throw diskFault(error, dir);
    });
  const handle = await onDisk(open(order.part, FLAGS, 0o666));
  try {
    const { size } = await onDisk(handle.stat());
    let have = order.isResumed && size <= order.sizeBytes ? size : 0;
    if (have !== size) await onDisk(handle.truncate(have));
    let fruitless = 0;
    let heardBefore = context.patience.heardTimes;
    let tries = 0;
    while (have < order.sizeBytes) {
      const before = have;
      try {
        have = await readOn(context, order, handle, have, onDisk);
        if (have < order.sizeBytes) throw new ServerUnreachable('the answer ended before the file did');
      } catch (error) {
        if (!(error instanceof ServerUnreachable)) throw error;
        have = (await onDisk(handle.stat())).size;
        tries = have > before ? 0 : tries + 1;
        const isAlone = context.patience.heardTimes > heardBefore;
        fruitless = have > before ? 0 : fruitless + (isAlone ? 1 : 0);
        heardBefore = context.patience.heardTimes;
        if (fruitless >= FRUITLESS_TRIES) throw new AddressEnded(error.message, { cause: error });
        await context.patience.wait(error, tries, context.signal);
      }
    }
    if (order.modifiedAt !== null) await onDisk(handle.utimes(new Date(), order.modifiedAt));
    await onDisk(handle.sync());
  } finally {
    await handle.close();
  }
}

/** One request; returns how much is there then. Throws ServerUnreachable when the connection was cut. */
async function readOn(
  { server, patience, signal, arrived }: PartContext,
  order: PartOrder,
  handle: FileHandle,
  from: number,
  onDisk: <T>(action: Promise<T>) => Promise<T>,
): Promise<number> {
  const answer = await server.open(order.url, from, signal);
  let position = await placeOf(answer, from, handle, onDisk);
  const pieces = answer[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await pieces.next().catch((cause: Error) => {
        signal.throwIfAborted();
        throw new ServerUnreachable(`the connection was cut: ${cause.message}`, { cause });
      });
      if (next.done) return position;
      const piece = next.value as Buffer;
      // Longer than it can be is another content: its hash will tell.
      const wanted = piece.subarray(0, order.sizeBytes - position);
      let written = 0;
      while (written < wanted.length) {
        const rest = wanted.length - written;
        written += (await onDisk(handle.write(wanted, written, rest, position + written))).bytesWritten;
      }
      position += wanted.length;
      patience.heard();
      arrived(wanted.length);
      if (position === order.sizeBytes) return position;
    }
  } finally {
    // What is not read of an answer keeps its connection.
    if (!answer.complete) answer.destroy();
  }
}

/** Where the bytes of the answer belong. A store that does not know ranges sends all: then from the beginning. */
async function placeOf(
  answer: IncomingMessage,
  from: number,
  handle: FileHandle,
  onDisk: <T>(action: Promise<T>) => Promise<T>,
): Promise<number> {
  const status = answer.statusCode ?? 0;
  if (status === 206 && Number(/^bytes (\d+)-/.exec(answer.headers['content-range'] ?? '')?.[1]) === from) {
    return from;
  }
  if (status === 200) {
    await onDisk(handle.truncate(0));
    return 0;
  }
  answer.destroy();
  if (status === RANGE_NOT_SATISFIABLE || status === 206) await onDisk(handle.truncate(0));
  const retryAfterS = Number(answer.headers['retry-after']);
  const failure = failureFrom({
    ...{ status, code: '', message: 'the store does not give the file' },
    retryAfterS: Number.isFinite(retryAfterS) ? retryAfterS : null,
  });
  throw failure instanceof ServerRefused ? new AddressEnded(`HTTP ${status}`) : failure;
}
