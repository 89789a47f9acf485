import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { loadConfig, type ServerConfig } from '#src/server/config/config.ts';
import { VARIABLES } from '#src/server/config/schema.ts';
import { createContainer } from '#src/server/container.ts';
import { forgetOpenUploads } from '#src/server/domain/ingest/abort-upload.ts';
import { systemContext } from '#src/server/domain/new-context.ts';
import { runningWriters } from '#src/server/domain/store-move/store-contents.repository.ts';
import { type MoveOutcome, type MoveSums, moveStore } from '#src/server/domain/store-move/store-move.ts';
import { createStore, reportOfStore } from '#src/server/storage/create-store.ts';
import { ClearFault } from '../lib/clear-fault.ts';
import { SqliteBook } from './sqlite-book.ts';

const OPTIONS = {
  final: { type: 'boolean', default: false },
  'without-faulty': { type: 'boolean', default: false },
} as const;

const NAME = 'store';
const PROGRESS_MS = 10_000;
const FAULTS_SHOWN = 100;
/** A connection of a program that was just stopped may be seen a little longer. */
const GOODBYE_MS = 10_000;

type Say = (line: string) => void;

const inGb = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;

function sumOf({ broughtFiles, broughtBytes, hereFiles, removedFiles }: MoveSums): string {
  const removed = removedFiles === 0 ? '' : `, ${removedFiles} removed that nothing names any more`;
  return `${broughtFiles} objects brought and proved (${inGb(broughtBytes)}), ${hereFiles} there already${removed}`;
}

/** The same installation on the bucket. Throws ConfigError that names what is not set. */
function bucketConfig(settings: ServerConfig): ServerConfig {
  if (settings.store !== 'fs') {
    throw new ClearFault('This installation keeps its data in S3 already: there is nothing to move.');
  }
  return loadConfig({ ...process.env, BEAMDECK_STORE: 's3' });
}

/** Which objects are in the bucket and proved; one book per bucket, beside the data. */
function bookFile({ storeDir }: ServerConfig, { s3Endpoint, s3Bucket }: ServerConfig): string {
  const bucket = createHash('sha256').update(`${s3Endpoint}/${s3Bucket}`).digest('hex').slice(0, 12);
  return join(storeDir, `.move-${bucket}.db`);
}

/** The lines that change, as `.env` has them; secrets stay where they are. */
function switchLines(bucket: ServerConfig): string[] {
  const own = VARIABLES.filter(({ name }) => name.startsWith('BEAMDECK_S3_'));
  return [
    'BEAMDECK_STORE=s3',
    ...own.flatMap(({ name, key, secret, fallback }) => {
      if (secret) return [`# ${name} (or ${name}_FILE) as it is set now`];
      const value = String(bucket[key]);
      return value === (fallback ?? '') ? [] : [`${name}=${value}`];
    }),
  ];
}

async function requireStopped(db: Parameters<typeof runningWriters>[0]): Promise<void> {
  const until = Date.now() + GOODBYE_MS;
  for (;;) {
    const running = await runningWriters(db);
    if (running.length === 0) return;
    if (Date.now() > until) {
      throw new ClearFault(
        `For the last run stop web app, data server and workers: ${running.join(', ')} still use the database.`,
      );
    }
    await sleep(500);
  }
}

function tellFaults({ faults }: MoveOutcome, say: Say): void {
  for (const fault of faults.slice(0, FAULTS_SHOWN)) say(`BAD   ${fault}`);
  if (faults.length > FAULTS_SHOWN) say(`BAD   and ${faults.length - FAULTS_SHOWN} more`);
}

/**
 * `npm run store -- move`: copies what the folder of the store holds into the bucket; see docs/operations.md. Returns the exit code. Throws
 * ClearFault, AppError, ConfigError.
 */
export async function moveCommand(args: string[], settings: ServerConfig, say: Say): Promise<number> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const bucketSettings = bucketConfig(settings);
  const container = createContainer(settings, NAME);
  const to = createStore(bucketSettings);
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  const { db, store: from } = container;
  let book: SqliteBook | null = null;
  try {
    await from.check();
    await to.check();
    const { fault } = await reportOfStore(bucketSettings);
    if (fault !== null) throw new ClearFault(fault);
    if (values.final) await requireStopped(db);
    book = new SqliteBook(bookFile(settings, bucketSettings));
    let shownMs = Date.now();
    const outcome = await moveStore({ db, from, to, book }, stopping.signal, (sums) => {
      if (Date.now() - shownMs < PROGRESS_MS) return;
      shownMs = Date.now();
      say(sumOf(sums));
    });
    say(`${sumOf(outcome)}. Nothing in ${settings.storeDir} was changed.`);
    tellFaults(outcome, say);
    const { length } = outcome.faults;
    if (length > 0 && !values['without-faulty']) {
      say(
        `${length} are not in the bucket. Bring their bytes back from a back-up and run this again; or leave them behind with --without-faulty.`,
      );
      return 1;
    }
    if (!values.final) {
      say('What comes from now on is brought by running this again.');
      say('To switch: stop web app, data server and workers, then npm run store -- move --final');
      return 0;
    }
    const forgotten = await forgetOpenUploads(db, systemContext('store-move'));
    say(`${forgotten} uploads were on their way: their agents begin them anew.`);
    say('All is in the bucket. Set this for web app, data server and workers, then start them:');
    for (const line of switchLines(bucketSettings)) say(`  ${line}`);
    return 0;
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    say('Stopped; the same command goes on from there.');
    return 130;
  } finally {
    book?.close();
    await container.close();
  }
}
