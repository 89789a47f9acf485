import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { explainBindFailure, MessageSender, SendStopped } from '#hub/simulator/message-sender.ts';
import { decodeStreamV2, StreamDecodeError } from '#src/shared/codecs/stream-v2.ts';
import { rewriteStreamIds } from '#src/shared/codecs/stream-v2-rewrite.ts';
import { makeSeriesUniqueId } from '#src/shared/model/series-unique-id.ts';
import {
  type RecordedMessage,
  RecordingFault,
  readRecordedV1,
  seriesOfV1,
  withSeriesV1,
} from './replay/recorded-v1.ts';

/** Pushes a recorded stream: the `.cbor` files of a folder, one ZeroMQ message each, or the `.part` files of a Stream V1 recording. */

const USAGE = `Usage: npm run replay -- DIR [--bind ADDRESS] [--rate HZ] [--loop N] [--keep-ids]

  DIR         folder with .cbor files, one Stream V2 message each, sent in the order of their names; or with the numbered parts
              of Stream V1 messages (01.part, 02.part …), for a detector with protocol = "stream-v1"
  --bind      address to offer the stream on (ZeroMQ PUSH; default: where the HUB of npm run up expects Stream V2,
              else tcp://127.0.0.1:31001; Stream V1 needs it)
  --rate      messages per second; as fast as they are taken when absent
  --loop      how many times to send the folder; 0 = until Ctrl-C (default 1)
  --keep-ids  send the recorded series ids; normally each pass is a new series with ids of its own`;

class ReplayFault extends Error {}

/** Where the Beamdeck that `npm run up` keeps in `.data` expects the replay. */
function usualEndpoint(): string {
  const demoFile = join(import.meta.dirname, '..', '.data', 'demo.json');
  if (!existsSync(demoFile)) return 'tcp://127.0.0.1:31001';
  return (JSON.parse(readFileSync(demoFile, 'utf8')) as { hub: { replay: string } }).hub.replay;
}

interface ReplayOptions {
  dir: string;
  /** Null: the usual one. */
  endpoint: string | null;
  ratePerS: number | null;
  passes: number;
  keepIds: boolean;
}

function numberOption(name: string, text: string | undefined, min: number, whole: boolean): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < min || (whole && !Number.isInteger(value))) {
    throw new ReplayFault(
      `--${name} wants ${whole ? 'a whole number' : 'a number'} of at least ${min}, not "${text}".`,
    );
  }
  return value;
}

function readOptions(args: string[]): ReplayOptions {
  let parsed: ReturnType<typeof parse>;
  const parse = () =>
    parseArgs({
      args,
      allowPositionals: true,
      options: {
        bind: { type: 'string' },
        rate: { type: 'string' },
        loop: { type: 'string' },
        'keep-ids': { type: 'boolean', default: false },
      },
    });
  try {
    parsed = parse();
  } catch (error) {
    throw new ReplayFault(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
  const [dir, ...more] = parsed.positionals;
  if (!dir || more.length > 0) throw new ReplayFault(`Name one folder.\n\n${USAGE}`);
  const endpoint = parsed.values.bind ?? null;
  if (endpoint !== null && !/^tcp:\/\/[^\s:]+:(\d{1,5}|\*)$/.test(endpoint)) {
    throw new ReplayFault(`--bind wants an address such as tcp://127.0.0.1:31001, not "${endpoint}".`);
  }
  return {
    dir,
    endpoint,
    ratePerS: numberOption('rate', parsed.values.rate, 0.001, false),
    passes: numberOption('loop', parsed.values.loop, 0, true) ?? 1,
    keepIds: parsed.values['keep-ids'],
  };
}

interface Recording {
  protocol: 'stream-v2' | 'stream-v1';
  messages: RecordedMessage[];
}

function readRecording(dir: string): Recording {
  if (!existsSync(dir)) throw new ReplayFault(`The folder ${dir} does not exist.`);
  if (!statSync(dir).isDirectory()) throw new ReplayFault(`${dir} is a file; name the folder that holds it.`);
  const names = readdirSync(dir)
    .filter((name) => name.endsWith('.cbor'))
    .sort();
  if (names.length > 0) {
    const messages = names.map((name) => ({ name, parts: [new Uint8Array(readFileSync(join(dir, name)))] }));
    return { protocol: 'stream-v2', messages };
  }
  const messages = readRecordedV1(dir, (sentence) => process.stdout.write(`${sentence}\n`));
  if (messages.length > 0) return { protocol: 'stream-v1', messages };
  throw new ReplayFault(
    `There are neither .cbor files (Stream V2 messages) nor 01.part, 02.part … (parts of Stream V1) in ${dir}.`,
  );
}

function endpointFor({ protocol }: Recording, { endpoint }: ReplayOptions): string {
  if (endpoint !== null) return endpoint;
  if (protocol === 'stream-v2') return usualEndpoint();
  throw new ReplayFault(
    'This is a recording of Stream V1, and the HUB of npm run up expects Stream V2: name the address of a detector with protocol = "stream-v1" in --bind.',
  );
}

/** Several series may be in one folder: each recorded series keeps a new pair of ids through one pass. */
function makeRewriter(series: number[]): (message: RecordedMessage) => Uint8Array[] {
  const newIds = new Map<string, { seriesId: number; seriesUniqueId: string }>();
  return ({ parts }) => {
    const [bytes] = parts as [Uint8Array];
    const message = decodeStreamV2(bytes);
    if (message.type === 'unknown' || message.type === 'supplement') return parts;
    const key = `${message.seriesId} ${message.seriesUniqueId}`;
    let ids = newIds.get(key);
    if (!ids) {
      const random = randomBytes(20);
      ids = {
        seriesId: 1 + (random.readUInt32LE(16) % 1_000_000),
        seriesUniqueId: makeSeriesUniqueId(Date.now(), random),
      };
      newIds.set(key, ids);
      series.push(ids.seriesId);
      process.stdout.write(
        `series ${ids.seriesId} (${ids.seriesUniqueId}), recorded as ${message.seriesId}\n`,
      );
    }
    return [rewriteStreamIds(bytes, ids)];
  };
}

/** Of Stream V1 only the number tells series apart that were recorded at one time. */
function makeRewriterV1(series: number[]): (message: RecordedMessage) => Uint8Array[] {
  const numbers = new Map<number, number>();
  return (message) => {
    const recorded = seriesOfV1(message);
    if (recorded === null) return message.parts;
    const number = numbers.get(recorded) ?? 1 + (randomBytes(4).readUInt32LE() % 1_000_000);
    if (!numbers.has(recorded)) {
      numbers.set(recorded, number);
      series.push(number);
      process.stdout.write(`series ${number}, recorded as ${recorded}\n`);
    }
    return withSeriesV1(message, number);
  };
}

async function replay(options: ReplayOptions): Promise<void> {
  const recording = readRecording(options.dir);
  const endpoint = endpointFor(recording, options);
  let interrupted = false;
  let sender: MessageSender;
  try {
    sender = await MessageSender.bind({
      endpoint,
      queueMessages: 8,
      lingerMs: 10_000,
      onWaiting: (waiting) =>
        process.stdout.write(waiting ? `Nobody pulls on ${endpoint} yet; waiting.\n` : 'Going on.\n'),
    });
  } catch (error) {
    throw new ReplayFault(explainBindFailure(endpoint, error));
  }
  const interrupt = () => {
    interrupted = true;
    sender.stop();
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);

  const startedMs = performance.now();
  const series: number[] = [];
  let sent = 0;
  let sentBytes = 0;
  try {
    for (let pass = 0; !interrupted && (options.passes === 0 || pass < options.passes); pass++) {
      const renumber = recording.protocol === 'stream-v2' ? makeRewriter(series) : makeRewriterV1(series);
      for (const recorded of recording.messages) {
        if (interrupted) break;
        let parts = recorded.parts;
        try {
          if (!options.keepIds) parts = renumber(recorded);
        } catch (error) {
          if (!(error instanceof StreamDecodeError)) throw error;
          process.stderr.write(`${recorded.name} is sent as it is: ${error.message}\n`);
        }
        if (options.ratePerS !== null) {
          const waitMs = startedMs + (sent * 1000) / options.ratePerS - performance.now();
          if (waitMs > 0) await sleep(waitMs);
        }
        await sender.send(parts);
        sent++;
        for (const part of parts) sentBytes += part.length;
      }
    }
  } catch (error) {
    if (!(error instanceof SendStopped)) throw error;
  } finally {
    sender.close();
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const named = series.length === 0 ? '' : `, series ${series.slice(-5).join(', ')}`;
  const cut = interrupted ? ', interrupted' : '';
  process.stdout.write(
    `${sent} messages sent${named} (${(sentBytes / 1e6).toFixed(1)} MB in ${seconds.toFixed(1)} s)${cut}\n`,
  );
}

try {
  await replay(readOptions(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof ReplayFault || error instanceof RecordingFault)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
