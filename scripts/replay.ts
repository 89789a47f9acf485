import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { explainBindFailure, MessageSender, SendStopped } from '#hub/simulator/message-sender.ts';
import { decodeStreamV2, StreamDecodeError } from '#src/shared/codecs/stream-v2.ts';
import { rewriteStreamIds } from '#src/shared/codecs/stream-v2-rewrite.ts';
import { makeSeriesUniqueId } from '#src/shared/model/series-unique-id.ts';

/** Pushes a recorded stream: the `.cbor` files of a folder, one ZeroMQ message each, in the order of their names. */

const USAGE = `Usage: npm run replay -- DIR [--bind ADDRESS] [--rate HZ] [--loop N] [--keep-ids]

  DIR         folder with .cbor files, one Stream V2 message each, sent in the order of their names
  --bind      address to offer the stream on (ZeroMQ PUSH; default: where the HUB of npm run up expects it,
              else tcp://127.0.0.1:31001)
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
  endpoint: string;
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
        bind: { type: 'string', default: usualEndpoint() },
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
  if (!/^tcp:\/\/[^\s:]+:(\d{1,5}|\*)$/.test(parsed.values.bind)) {
    throw new ReplayFault(
      `--bind wants an address such as tcp://127.0.0.1:31001, not "${parsed.values.bind}".`,
    );
  }
  return {
    dir,
    endpoint: parsed.values.bind,
    ratePerS: numberOption('rate', parsed.values.rate, 0.001, false),
    passes: numberOption('loop', parsed.values.loop, 0, true) ?? 1,
    keepIds: parsed.values['keep-ids'],
  };
}

function readMessages(dir: string): { name: string; bytes: Uint8Array }[] {
  if (!existsSync(dir)) throw new ReplayFault(`The folder ${dir} does not exist.`);
  if (!statSync(dir).isDirectory()) throw new ReplayFault(`${dir} is a file; name the folder that holds it.`);
  const names = readdirSync(dir)
    .filter((name) => name.endsWith('.cbor'))
    .sort();
  if (names.length === 0) throw new ReplayFault(`There are no .cbor files in ${dir}.`);
  return names.map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(dir, name))) }));
}

/** Several series may be in one folder: each recorded series keeps a new pair of ids through one pass. */
function makeRewriter(series: number[]): (bytes: Uint8Array) => Uint8Array {
  const newIds = new Map<string, { seriesId: number; seriesUniqueId: string }>();
  return (bytes) => {
    const message = decodeStreamV2(bytes);
    if (message.type === 'unknown' || message.type === 'supplement') return bytes;
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
    return rewriteStreamIds(bytes, ids);
  };
}

async function replay(options: ReplayOptions): Promise<void> {
  const messages = readMessages(options.dir);
  let interrupted = false;
  let sender: MessageSender;
  try {
    sender = await MessageSender.bind({
      endpoint: options.endpoint,
      queueMessages: 8,
      lingerMs: 10_000,
      onWaiting: (waiting) =>
        process.stdout.write(waiting ? `Nobody pulls on ${options.endpoint} yet; waiting.\n` : 'Going on.\n'),
    });
  } catch (error) {
    throw new ReplayFault(explainBindFailure(options.endpoint, error));
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
      const rewrite = options.keepIds ? (bytes: Uint8Array) => bytes : makeRewriter(series);
      for (const { name, bytes } of messages) {
        if (interrupted) break;
        let message = bytes;
        try {
          message = rewrite(bytes);
        } catch (error) {
          if (!(error instanceof StreamDecodeError)) throw error;
          process.stderr.write(`${name} is sent as it is: ${error.message}\n`);
        }
        if (options.ratePerS !== null) {
          const waitMs = startedMs + (sent * 1000) / options.ratePerS - performance.now();
          if (waitMs > 0) await sleep(waitMs);
        }
        await sender.send(message);
        sent++;
        sentBytes += message.length;
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
  if (!(error instanceof ReplayFault)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
