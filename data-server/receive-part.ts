import type { IncomingMessage } from 'node:http';
import type { PartReceipt } from '#src/server/storage/object-store.port.ts';
import type {
  AnnouncedPart,
  PartGrant,
  PartSink,
  ServedStore,
} from '#src/server/storage/served-store.port.ts';
import { PART_CRC_HEADER } from '#src/shared/contracts/agent-api.ts';
import { AppError } from '#src/shared/errors/app-error.ts';

/** What a part PUT announces, before any byte is taken. Shapes: headers by lower-case name. Throws BAD_INPUT, TOO_LARGE. */
export function announcedPart(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  grant: PartGrant,
): AnnouncedPart {
  const length = headers['content-length'];
  if (typeof length !== 'string' || !/^\d{1,12}$/.test(length)) {
    throw new AppError('BAD_INPUT', 'A part needs a Content-Length.');
  }
  const sizeBytes = Number(length);
  if (sizeBytes > grant.partBytes) {
    throw new AppError('TOO_LARGE', `A part of this upload has at most ${grant.partBytes} bytes.`);
  }
  const crc32c = headers[PART_CRC_HEADER];
  if (typeof crc32c !== 'string' || !/^[0-9a-f]{8}$/.test(crc32c)) {
    throw new AppError(
      'BAD_INPUT',
      `A part needs its CRC32C in ${PART_CRC_HEADER}, eight lower-case hex digits.`,
    );
  }
  return { sizeBytes, crc32c };
}

/** One PUT: where its bytes come from. */
export interface PartSource {
  /** Hands the whole body to the sink. Rejects when the connection ends before. */
  drainInto(sink: PartSink): Promise<void>;
  /** Ends the connection. */
  cancel(): void;
}

/**
 * Takes parts. A second PUT of a part ends the first one still under way here (its sender has given it up), so that late bytes of the
 * one never follow the record of the other.
 */
export class PartReceiver {
  readonly #store: ServedStore;
  readonly #underWay = new Map<string, { source: PartSource; done: Promise<unknown> }>();

  constructor(store: ServedStore) {
    this.#store = store;
  }

  async receive(grant: PartGrant, announced: AnnouncedPart, source: PartSource): Promise<PartReceipt> {
    const name = `${grant.uploadRef}/${grant.partNumber}`;
    for (let other = this.#underWay.get(name); other; other = this.#underWay.get(name)) {
      other.source.cancel();
      await other.done;
    }
    const received = this.#receive(grant, announced, source);
    this.#underWay.set(name, { source, done: received.catch(() => undefined) });
    try {
      return await received;
    } finally {
      this.#underWay.delete(name);
    }
  }

  async #receive(grant: PartGrant, announced: AnnouncedPart, source: PartSource): Promise<PartReceipt> {
    const sink = await this.#store.openPart(grant, announced);
    try {
      await source.drainInto(sink);
    } catch (error) {
      await sink.abort();
      throw error;
    }
    return sink.finish(announced);
  }
}

export const connectionCut = () =>
  new AppError('BAD_INPUT', 'The connection ended before the part was complete.');

/** A PUT as Node's HTTP server hands it over. */
export function requestSource(request: IncomingMessage): PartSource {
  return {
    cancel: () => request.destroy(),
    drainInto: (sink) =>
      new Promise((resolve, reject) => {
        const cut = () => reject(connectionCut());
        // Also when all of it had come: Node drops what nobody has read, and then tells neither data nor end.
        if (request.destroyed) {
          cut();
          return;
        }
        sink.onDrain = () => request.resume();
        request.on('data', (piece: Buffer) => {
          if (!sink.write(piece)) request.pause();
        });
        request.on('end', () => resolve());
        request.on('error', cut);
        // After the end it changes nothing.
        request.on('close', cut);
      }),
  };
}
