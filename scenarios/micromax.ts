import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { HUB } from '#hub/agent/agent-program.ts';
import { MessageSender } from '#hub/simulator/message-sender.ts';
import { ToldSeries } from '#hub/testing/told-series.ts';
import { end, hear } from '../bench/lib/children.ts';
import { Detector } from '../torture/parts/detector.ts';
import type { WriterOrder } from './first-writer.ts';
import type { Scenario } from './scenario.ts';

const SOCKETS = 2;
const RATE_HZ = 5;

interface Stored {
  sockets: { messages: number; bytes: number; sha256: string }[];
}

export const micromax: Scenario = {
  name: 'micromax',
  about: `a detector of 9 million pixels with ${SOCKETS} sockets, a file writer that stores locally and republishes, and the HUB second in the chain`,
  program: HUB,
  async play(trial, say) {
    const frames = trial.amount(60, 10);
    /** 9 million pixels, as a JUNGFRAU 9M has. */
    const size = trial.amount(3000, 500);
    const senders = await Promise.all(
      Array.from({ length: SOCKETS }, () =>
        MessageSender.bind({
          endpoint: 'tcp://127.0.0.1:*',
          queueMessages: 8,
          lingerMs: 0,
          onWaiting: () => undefined,
        }),
      ),
    );
    const folder = path.join(trial.options.folder, 'beamline');
    mkdirSync(folder, { recursive: true });
    const order: WriterOrder = { detector: senders.map(({ address }) => address), folder };
    const writer = fork(path.join(import.meta.dirname, 'first-writer.ts'), [JSON.stringify(order)]);
    trial.onEnd(() => void writer.kill('SIGKILL'));
    const { addresses } = await hear<{ addresses: string[] }>(writer, 'ready');
    const sent = senders.map(() => ({ messages: 0, hash: createHash('sha256') }));
    const sendBy = async (socket: number, message: Uint8Array) => {
      sent[socket]!.messages += 1;
      sent[socket]!.hash.update(message);
      await senders[socket]!.send(message);
    };
    const series = new ToldSeries({ prefix: 'micromax/run', frames, rateHz: RATE_HZ, size });
    const isImage = new Map(series.images.map((image, frame) => [image, frame]));
    const detector = Detector.over('jungfrau-9m', trial.ledger, {
      toml: [
        'mode = "connect"',
        `endpoints = [${addresses.map((address) => `"${address}"`).join(', ')}]`,
        `senders = ${SOCKETS}`,
      ],
      // Start and end go to every socket, images to each in turn.
      async send(message) {
        const frame = isImage.get(message);
        const sockets = frame === undefined ? senders.map((_, socket) => socket) : [frame % SOCKETS];
        for (const socket of sockets) await sendBy(socket, message);
      },
      close() {
        for (const sender of senders) {
          sender.stop();
          sender.close();
        }
      },
    });
    trial.add(detector);
    await trial.startAgent();
    await detector.handOver(series, { places: [trial.code('A')] });
    const bytes = series.images.reduce((sum, { length }) => sum + length, 0);
    say(
      `${frames} frames of ${size} × ${size} pixels sent by ${SOCKETS} sockets, ${(bytes / 1e6).toFixed(0)} MB`,
    );
    const view = await trial.untilQuiet();
    writer.send('finish');
    const { sockets } = await hear<Stored>(writer, 'stored');
    for (const [socket, stored] of sockets.entries()) {
      const { messages, hash } = sent[socket]!;
      if (stored.messages !== messages || stored.sha256 !== hash.digest('hex'))
        throw new Error(
          `the writer stored ${stored.messages} of ${messages} messages of socket ${socket + 1}`,
        );
    }
    await end(writer);
    say(`the first writer has stored every message of both sockets, byte for byte`);
    const dataset = view.datasets.find(({ base }) => base.includes(series.prefix));
    if (dataset?.state !== 'complete' || dataset.framesStored !== frames)
      throw new Error(`the dataset is ${dataset?.state} with ${dataset?.framesStored} frames`);
    say(
      `the HUB behind it has made one dataset: ${dataset.state}, ${dataset.framesStored} of ${frames} frames`,
    );
    return { heldBack: [] };
  },
};
