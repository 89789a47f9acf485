import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ADDRESSES_MOST,
  type FileAddress,
  MANIFEST_PAGE,
  type ManifestFile,
} from '#src/shared/contracts/rest-api.ts';
import { AskedTogether } from '../../agent/asked-together.ts';
import { ServerRefused } from '../../agent/http-transport.ts';
import { SHARES, Slots } from '../../agent/slots.ts';
import { SpoolThread } from '../../agent/spool-thread.ts';
import type { UplinkConfig } from '../../agent/uplink-config.ts';
import { NameFilter } from '../../files/name-filter.ts';
import { pathBytesOfText } from '../../files/path-bytes.ts';
import { claimFolder } from './folder-claim.ts';
import { LocalPlaces } from './local-places.ts';
import { Patience } from './patience.ts';
import { diskFault, FileFault, PullEnded } from './pull-faults.ts';
import { type FileContext, pullFile } from './pull-file.ts';
import { PullServer } from './pull-server.ts';
import { PullState } from './pull-state.ts';

/** Large files on their way at once; of small ones up to SHARES times as many. */
const AT_ONCE = 6;
/** A file of so many bytes is a large one. */
const LARGE_BYTES = 8 * 1024 * 1024;
/** Between two questions for what is new. */
const FOLLOW_MS = 3000;
const PATIENCE_MS = 5 * 60_000;

export interface PullOrder {
  experiment: string;
  dir: string;
  serverUrl: string;
  token: string;
  uplink: UplinkConfig;
  include: readonly string[];
  exclude: readonly string[];
  /** Goes on with what comes, until it is stopped. */
  follow: boolean;
}

export interface PullWatcher {
  /** A sentence about something that went wrong, or is well again. */
  tell(sentence: string): void;
  progress(sums: PullSums): void;
}

export interface PullSums {
  fetchedFiles: number;
  /** That came over the network, damaged ones too. */
  fetchedBytes: number;
  /** Were here already. */
  hereFiles: number;
  failedFiles: number;
}

export interface PullOutcome extends PullSums {
  /** Why it ended before everything was here; null = all that was listed was looked at. */
  ended: string | null;
  /** Stopped from outside in the middle of files. */
  wasStopped: boolean;
}

/** One run of `beamdeck-sync pull`. */
class Pull {
  private readonly order: PullOrder;
  private readonly watcher: PullWatcher;
  private readonly stopped: AbortSignal;
  private readonly context: Omit<FileContext, 'addresses'>;
  private readonly filter: NameFilter;
  private readonly pageFiles: number;
  private readonly server: PullServer;
  private readonly failed = new Set<string>();
  private fetchedFiles = 0;
  private fetchedBytes = 0;
  private hereFiles = 0;
  /** All that was listed up to now was looked at. */
  isUpToDate = false;

  constructor(
    order: PullOrder,
    watcher: PullWatcher,
    signal: AbortSignal,
    parts: Pick<FileContext, 'places' | 'state' | 'thread'>,
    server: PullServer,
    options: { patienceMs: number; pageFiles: number },
  ) {
    this.pageFiles = options.pageFiles;
    this.order = order;
    this.watcher = watcher;
    this.stopped = signal;
    this.server = server;
    this.filter = new NameFilter(order);
    const tell = (sentence: string) => watcher.tell(sentence);
    this.context = {
      ...parts,
      server,
      signal,
      dir: order.dir,
      patience: {
        server: new Patience({ who: 'server', patienceMs: options.patienceMs, tell }),
        store: new Patience({ who: 'store', patienceMs: options.patienceMs, tell }),
      },
      arrived: (bytes) => {
        this.fetchedBytes += bytes;
        watcher.progress(this.sums());
      },
    };
  }

  sums(): PullSums {
    const { fetchedFiles, fetchedBytes, hereFiles } = this;
    return { fetchedFiles, fetchedBytes, hereFiles, failedFiles: this.failed.size };
  }

  /** @param followMs between two questions for what is new */
  async run(followMs: number): Promise<void> {
    const { follow } = this.order;
    let isNoted = false;
    for (let cursor: string | null = null; ; ) {
      const page = await this.page(cursor);
      this.context.state.bind(page.experiment, this.order.dir);
      if (page.files.length > 0) {
        this.isUpToDate = false;
        isNoted = false;
      }
      await this.bring(page.experiment, page.files);
      this.isUpToDate = page.complete;
      cursor = page.cursor;
      if (!page.complete) continue;
      if (!isNoted) await this.noteCopy(page.experiment);
      isNoted = true;
      if (!follow) return;
      await sleep(followMs, undefined, { signal: this.stopped });
    }
  }

  /** For the people of the experiment. The files are here whether or not the server hears of it. */
  private async noteCopy(experiment: string): Promise<void> {
    const { dir, include, exclude } = this.order;
    try {
      await this.server.noteCopy(
        experiment,
        {
          place: `${hostname()}: ${path.resolve(dir)}`.slice(0, 300),
          ...this.context.state.sums(),
          failedFiles: this.failed.size,
          isWhole: include.length === 0 && exclude.length === 0,
        },
        this.stopped,
      );
    } catch (error) {
      if (this.stopped.aborted) throw error;
      // Servers of before do not know the question.
      if (error instanceof ServerRefused && error.status === 404) return;
      const reason = error instanceof Error ? error.message : String(error);
      this.watcher.tell(`The server did not note the copy: ${reason}`);
    }
  }

  private async page(cursor: string | null) {
    const { experiment } = this.order;
    try {
      return await this.context.patience.server.answered(
        () => this.server.manifest(experiment, { cursor, limit: this.pageFiles }, this.stopped),
        this.stopped,
      );
    } catch (error) {
      if (!(error instanceof ServerRefused)) throw error;
      throw new PullEnded(`The server says of ${experiment}: ${error.message}.`);
    }
  }

  /** Several side by side; the first fault that concerns all ends them. */
  private async bring(experiment: string, files: readonly ManifestFile[]): Promise<void> {
    const ending = new AbortController();
    const signal = AbortSignal.any([this.stopped, ending.signal]);
    // Who asks waits for the answer, so that a flood is bounded by itself.
    const addresses = new AskedTogether<string, FileAddress>(
      (paths) => this.server.addresses(experiment, paths, signal),
      ADDRESSES_MOST,
      0,
    );
    const context: FileContext = { ...this.context, addresses, signal };
    const slots = new Slots(AT_ONCE);
    const waiting = files.filter((file) => this.filter.isWanted(pathBytesOfText(file.path))).values();
    const worker = async () => {
      for (const file of waiting) {
        const release = await slots.acquire(() => 'backlog', file.sizeBytes / LARGE_BYTES);
        try {
          signal.throwIfAborted();
          await this.bringOne(context, file);
        } finally {
          release();
        }
      }
    };
    const workers = Array.from({ length: AT_ONCE * SHARES }, () =>
      worker().catch((error) => {
        ending.abort(error);
        throw error;
      }),
    );
    // All have let go of their files before anything else happens; of several faults the first one is told.
    await Promise.allSettled(workers);
    if (ending.signal.aborted) throw ending.signal.reason;
  }

  private async bringOne(context: FileContext, file: ManifestFile): Promise<void> {
    try {
      const how = await pullFile(context, file);
      if (how === 'fetched') this.fetchedFiles++;
      else this.hereFiles++;
      this.failed.delete(file.path);
    } catch (error) {
      if (!(error instanceof FileFault)) throw error;
      this.failed.add(file.path);
      this.watcher.tell(`${file.path}: ${error.message}`);
    }
    this.watcher.progress(this.sums());
  }
}

/**
 * Brings the files of an experiment into a folder, and with `follow` those that come, until the signal. Never throws for what may go wrong
 * on the way: the outcome says it.
 * @param options.patienceMs how long a server that does not answer is waited for; with `follow` for ever
 */
export async function runPull(
  order: PullOrder,
  watcher: PullWatcher,
  signal: AbortSignal,
  options: { patienceMs?: number; followMs?: number; pageFiles?: number } = {},
): Promise<PullOutcome> {
  const { patienceMs = PATIENCE_MS, followMs = FOLLOW_MS, pageFiles = MANIFEST_PAGE } = options;
  const { dir } = order;
  const onDisk = <T>(action: () => T): T => {
    try {
      return action();
    } catch (error) {
      if (error instanceof PullEnded || !(error instanceof Error && 'syscall' in error)) throw error;
      const fault = diskFault(error, dir);
      throw fault instanceof PullEnded ? fault : new PullEnded(`${dir} cannot be used: ${error.message}.`);
    }
  };
  const thread = new SpoolThread();
  const server = new PullServer(order.serverUrl, order.token, order.uplink);
  let release: (() => void) | null = null;
  let state: PullState | null = null;
  let pull: Pull | null = null;
  let ended: string | null = null;
  let wasStopped = false;
  try {
    onDisk(() => mkdirSync(dir, { recursive: true }));
    release = onDisk(() => claimFolder(dir));
    const opened = onDisk(() => new PullState(dir));
    state = opened;
    const parts = { places: new LocalPlaces(dir), state: opened, thread };
    const limits = { pageFiles, patienceMs: order.follow ? Number.POSITIVE_INFINITY : patienceMs };
    pull = new Pull(order, watcher, signal, parts, server, limits);
    await pull.run(followMs);
  } catch (error) {
    if (error instanceof PullEnded) ended = error.message;
    else if (signal.aborted) wasStopped = pull?.isUpToDate !== true;
    else throw error;
  } finally {
    server.close();
    await thread.close();
    state?.close();
    release?.();
  }
  const none = { fetchedFiles: 0, fetchedBytes: 0, hereFiles: 0, failedFiles: 0 };
  return { ...(pull?.sums() ?? none), ended, wasStopped };
}
