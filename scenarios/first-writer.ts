import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { Pull, Push } from 'zeromq';

/*
 * The file writer of a beamline, first in the chain: it pulls from the detector's sockets, stores every message on its own disk, and passes it
 * on to whoever is next. A child of the scenario; tells its parent where the next one connects, and in the end what it stored.
 */

export interface WriterOrder {
  /** Addresses of the detector. */
  detector: string[];
  folder: string;
}

async function serve(address: string, index: number, folder: string) {
  const pull = new Pull({ receiveHighWaterMark: 16 });
  pull.connect(address);
  const push = new Push({ sendHighWaterMark: 16, linger: 10_000 });
  await push.bind('tcp://127.0.0.1:*');
  const file = createWriteStream(path.join(folder, `socket_${index + 1}.bin`));
  const hash = createHash('sha256');
  const stored = { messages: 0, bytes: 0 };
  const serving = (async () => {
    for await (const [message] of pull) {
      hash.update(message!);
      stored.messages += 1;
      stored.bytes += message!.length;
      if (!file.write(message)) await new Promise<void>((resolve) => file.once('drain', () => resolve()));
      await push.send(message!);
    }
  })();
  const finish = async () => {
    pull.close();
    await serving;
    await new Promise<void>((resolve) => file.end(() => resolve()));
    push.close();
    return { ...stored, sha256: hash.digest('hex') };
  };
  return { address: push.lastEndpoint!, finish };
}

const { detector, folder } = JSON.parse(process.argv[2]!) as WriterOrder;
const lines = await Promise.all(detector.map((address, index) => serve(address, index, folder)));
process.send?.({ event: 'ready', addresses: lines.map(({ address }) => address) });
process.once('message', () => {
  void Promise.all(lines.map(({ finish }) => finish())).then((sockets) => {
    process.send?.({ event: 'stored', sockets }, () => process.exit(0));
  });
});
process.on('disconnect', () => process.exit(0));
