import { createInterface } from 'node:readline';
import { Push } from 'zeromq';

/**
 * A detector in a process of its own, for other network namespaces: node sending-process.ts ENDPOINT. It connects there and sends what it
 * is told on standard input, one message per line in base64; each line is answered with a line when ZeroMQ has taken the message over.
 */
const [, , endpoint] = process.argv;
const socket = new Push({ sendHighWaterMark: 8, linger: 10_000 });
socket.connect(endpoint!);
for await (const line of createInterface({ input: process.stdin })) {
  await socket.send(Buffer.from(line, 'base64'));
  process.stdout.write('sent\n');
}
socket.close();
