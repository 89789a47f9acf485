import { closeSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { Pull } from 'zeromq';
import { SpoolThread } from '#hub/agent/spool-thread.ts';

/*
 * What the HUB is compared with, a child of the benches. `pull`: takes messages and throws them away. `floor`: besides
 * writes them to files of so many messages in one folder and has each finished file hashed (SHA-256) once in a second thread.
 * That is the least anybody must do who keeps data and wants to prove it.
 */

export interface ReceiverOrder {
  mode: 'pull' | 'floor';
  endpoint: string;
  dir: string;
  framesPerFile: number;
  /** Series to receive before it is done. */
  repeats: number;
}

async function main({ mode, endpoint, dir, framesPerFile, repeats }: ReceiverOrder): Promise<void> {
  const pull = new Pull({ receiveHighWaterMark: 16, linger: 0 });
  const hasher = new SpoolThread();
  const hashing: Promise<string>[] = [];
  let fd: number | null = null;
  let file = '';
  let written = 0;
  let images = 0;
  let files = 0;
  const finishFile = () => {
    if (fd === null) return;
    closeSync(fd);
    fd = null;
    hashing.push(hasher.hash(file, written));
  };
  const writeImage = (parts: readonly Buffer[]) => {
    if (fd === null) {
      file = path.join(dir, `floor_${files++}.bin`);
      images = 0;
      fd = openSync(file, 'w');
      written = 0;
    }
    for (const part of parts) {
      for (let done = 0; done < part.length; ) done += writeSync(fd, part, done, part.length - done);
      written += part.length;
    }
    if (++images % framesPerFile === 0) finishFile();
  };
  pull.connect(endpoint);
  process.send?.({ event: 'ready' });
  // Told apart by their place: a series begins with its start and ends with a message under 1 kB.
  let isFirst = true;
  let ends = 0;
  for await (const parts of pull) {
    if (isFirst) isFirst = false;
    else if (parts.reduce((sum, { length }) => sum + length, 0) < 1024) {
      isFirst = true;
      finishFile();
      if (++ends === repeats) break;
    } else if (mode === 'floor') writeImage(parts);
  }
  await Promise.all(hashing);
  process.send?.({ event: 'done', atMs: performance.timeOrigin + performance.now() });
  // The parent still wants to read this process's times; it ends it.
  process.on('message', () => undefined);
}

await main(JSON.parse(process.argv[2]!) as ReceiverOrder);
