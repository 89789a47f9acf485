import { parentPort, workerData } from 'node:worker_threads';
import koffi from 'koffi';
import { READ_BYTES } from './inotify.ts';

/*
 * Thread that waits in the kernel for file events and hands their bytes on. It wakes once in a while to see whether it is to stop,
 * which nothing else could tell a thread that sleeps in poll(2).
 */

const { fd, stop } = workerData as { fd: number; stop: SharedArrayBuffer };
const stopping = new Int32Array(stop);

const WAKE_MS = 250;
const POLLIN = 0x1;

const libc = koffi.load('libc.so.6');
const poll: (fds: Uint8Array, count: number, timeoutMs: number) => number = libc.func(
  'int poll(_Inout_ uint8_t *fds, unsigned long nfds, int timeout)',
);
const read: (fd: number, into: Uint8Array, bytes: number) => number = libc.func(
  'long read(int fd, _Out_ uint8_t *buf, size_t count)',
);

/** struct pollfd: i32 fd, i16 events, i16 revents. */
const question = Buffer.alloc(8);
question.writeInt32LE(fd, 0);
question.writeInt16LE(POLLIN, 4);
const buffer = Buffer.alloc(READ_BYTES);

while (Atomics.load(stopping, 0) === 0) {
  // 0: time is over; -1: a signal came between. Both are asked again.
  if (poll(question, 1, WAKE_MS) <= 0) continue;
  const count = Number(read(fd, buffer, buffer.length));
  if (count > 0) parentPort!.postMessage(Uint8Array.prototype.slice.call(buffer, 0, count));
  else if (koffi.errno() !== koffi.os.errno.EINTR)
    throw new Error(`reading file events: errno ${koffi.errno()}`);
}
