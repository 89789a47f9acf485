import { setTimeout as sleep } from 'node:timers/promises';
import { Pull } from 'zeromq';
import type { DetectorProtocol } from '../agent/detector-config.ts';
import { createStreamDecoder } from '../stream/stream-decoder.ts';
import { inBytes } from './show-status.ts';

export interface StreamCheck {
  connected: boolean;
  messages: number;
  bytes: number;
  seconds: number;
  /** How many of each type; `unreadable` with the first reason. */
  types: Record<string, number>;
  firstFault: string | null;
}

/** Listens to a detector for a while. What is heard is taken from the stream: nobody else gets it. */
export async function listenTo(
  endpoint: string,
  { protocol, seconds, bind }: { protocol: DetectorProtocol; seconds: number; bind: boolean },
): Promise<StreamCheck> {
  const socket = new Pull({ linger: 0, receiveTimeout: 200 });
  const check: StreamCheck = {
    connected: false,
    messages: 0,
    bytes: 0,
    seconds,
    types: {},
    firstFault: null,
  };
  socket.events.on('handshake', () => {
    check.connected = true;
  });
  if (bind) await socket.bind(endpoint);
  else socket.connect(endpoint);
  const decoder = createStreamDecoder(protocol, () => null);
  const end = performance.now() + 1000 * seconds;
  try {
    while (performance.now() < end) {
      const parts = await socket.receive().catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'EAGAIN') return null;
        throw error;
      });
      if (parts === null) continue;
      check.messages++;
      for (const part of parts) check.bytes += part.length;
      const type = typeOf(parts, decoder, check);
      check.types[type] = (check.types[type] ?? 0) + 1;
    }
  } finally {
    socket.close();
    // The address is free again when ZeroMQ's own thread has closed the connection.
    await sleep(0);
  }
  return check;
}

function typeOf(
  parts: readonly Uint8Array[],
  decoder: ReturnType<typeof createStreamDecoder>,
  check: StreamCheck,
): string {
  try {
    return decoder.decode(parts, Date.now()).type;
  } catch (error) {
    check.firstFault ??= error instanceof Error ? error.message : String(error);
    return 'unreadable';
  }
}

export function showCheck(endpoint: string, check: StreamCheck): string {
  const { connected, messages, bytes, seconds, types, firstFault } = check;
  if (!connected) {
    return `${endpoint}: nothing answers. Is the detector on, its stream enabled, the address right, and no firewall between?`;
  }
  if (messages === 0) {
    return `${endpoint}: connected, and no message within ${seconds} s. That is right while the detector measures nothing.`;
  }
  const kinds = Object.entries(types).map(([type, count]) => `${count} ${type}`);
  const lines = [
    `${endpoint}: heard ${messages} messages (${kinds.join(', ')}) in ${seconds} s.`,
    `${inBytes(bytes / messages)} each, ${inBytes(bytes / seconds)}/s.`,
  ];
  if (firstFault !== null) lines.push(`Not understood: ${firstFault}. Is --protocol right?`);
  return lines.join('\n');
}
