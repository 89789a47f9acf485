import { parentPort, workerData } from 'node:worker_threads';
import koffi from 'koffi';
import { type ReaderWord, SLOTS } from './inotify-thread.ts';

/*
 * Thread that waits in the kernel for file events and hands their bytes on. It wakes once in a while to see what else it is to read, or
 * whether it is to stop, which nothing else could tell a thread that sleeps in poll(2).
 */

const shared = workerData as Int32Array;

const WAKE_MS = 250;
const POLLIN = 0x1;
const POLLFD_BYTES = 8;
/** Room for a few hundred events; the kernel never splits one. */
const READ_BYTES = 64 * 1024;

const libc = koffi.load('libc.so.6');
const poll: (fds: Uint8Array, count: number, timeoutMs: number) => number = libc.func(
  'int poll(_Inout_ uint8_t *fds, unsigned long nfds, int timeout)',
);
const read: (fd: number, into: Uint8Array, bytes: number) => number = libc.func(
  'long read(int fd, _Out_ uint8_t *buf, size_t count)',
);

/** struct pollfd, one after the other: i32 fd, i16 events, i16 revents. */
const question = Buffer.alloc(POLLFD_BYTES * SLOTS);
const buffer = Buffer.alloc(READ_BYTES);
const tell = (word: ReaderWord) => parentPort!.postMessage(word);

/** Fills the question with what is to be read, in this order; confirms what is not any more. */
function slotsToRead(): number[] {
  const slots: number[] = [];
  for (let slot = 1; slot <= SLOTS; slot++) {
    const value = Atomics.load(shared, slot);
    if (value < 0) {
      Atomics.store(shared, slot, 0);
      tell({ slot, dropped: true });
    } else if (value > 0) {
      question.writeInt32LE(value - 1, POLLFD_BYTES * slots.length);
      question.writeInt16LE(POLLIN, POLLFD_BYTES * slots.length + 4);
      slots.push(slot);
    }
  }
  return slots;
}

function readSlot(slot: number, fd: number): void {
  const count = Number(read(fd, buffer, buffer.length));
  if (count > 0) tell({ slot, bytes: Uint8Array.prototype.slice.call(buffer, 0, count) });
  else if (koffi.errno() !== koffi.os.errno.EINTR) {
    // Only what is being left alone meanwhile stays as it is.
    Atomics.compareExchange(shared, slot, fd + 1, 0);
    tell({ slot, failed: `reading file events: errno ${koffi.errno()}` });
  }
}

while (Atomics.load(shared, 0) === 0) {
  const slots = slotsToRead();
  if (slots.length === 0) {
    Atomics.wait(shared, 0, 0, WAKE_MS);
    continue;
  }
  // 0: time is over; -1: a signal came between. Both are asked again.
  if (poll(question, slots.length, WAKE_MS) <= 0) continue;
  for (const [index, slot] of slots.entries()) {
    const at = POLLFD_BYTES * index;
    if (question.readInt16LE(at + 6) !== 0) readSlot(slot, question.readInt32LE(at));
  }
}
