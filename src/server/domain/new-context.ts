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

/** The context of one request or task, with the real clock and the real randomness. Tests make their own. */
export function newContext(principal: Principal, requestId: string = randomUUID()): ServiceContext {
  return {
    principal,
    requestId,
    now: () => new Date(),
    newId: () => uuidV7(Date.now(), randomBytes(16)),
    randomBytes: (count) => new Uint8Array(randomBytes(count)),
  };
}

export const systemContext = (name: string) => newContext({ kind: 'system', name });
