import { randomBytes, randomUUID } from 'node:crypto';
import type { Principal, ServiceContext } from './context.ts';

/** UUID v7 (RFC 9562 §5.7): 48 bits of milliseconds, then random bits. */
export function uuidV7(nowMs: number, random: Uint8Array): string {
  const bytes = new Uint8Array(random.subarray(0, 16));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(nowMs / 0x10000));
  view.setUint16(4, nowMs % 0x10000);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * Ids that rise: what this process makes later sorts later, also within one millisecond and while a clock that was set back catches up (RFC 9562 §6.2,
 * method 1: the 12 bits behind the version count, from a random beginning).
 */
function risingIds(): () => string {
  let lastMs = 0;
  let count = 0;
  return () => {
    const random = randomBytes(16);
    const nowMs = Date.now();
    if (nowMs > lastMs) {
      lastMs = nowMs;
      count = random.readUInt16BE(6) & 0x7ff;
    } else if (++count > 0xfff) {
      lastMs++;
      count = 0;
    }
    random.writeUInt16BE(count, 6);
    return uuidV7(lastMs, random);
  };
}
const nextId = risingIds();

/** The context of one request or task, with the real clock and the real randomness. Tests make their own. */
export function newContext(principal: Principal, requestId: string = randomUUID()): ServiceContext {
  return {
    principal,
    requestId,
    now: () => new Date(),
    newId: nextId,
    randomBytes: (count) => new Uint8Array(randomBytes(count)),
  };
}

export const systemContext = (name: string) => newContext({ kind: 'system', name });
