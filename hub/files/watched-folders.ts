import { setTimeout as sleep } from 'node:timers/promises';
import type {
  AgentCommand,
  FolderSourceStatus,
  HeldData,
  PoisonedFile,
} from '#src/shared/contracts/agent-control.ts';
import type { ReportLog } from '../agent/report-log.ts';
import type { ServerClient } from '../agent/server-client.ts';
import type { PartsHashed, PartsOrder } from '../agent/spool-worker.ts';
import type { UploadGate } from '../agent/upload-gate.ts';
import type { UploadOrder, UploadResult } from '../agent/upload-order.ts';
import type { AgentClock } from './acquired.ts';
import { DatasetRecogniser } from './dataset-recogniser.ts';
import { FileJournal } from './file-journal.ts';
import { FileSender } from './file-sender.ts';
import type { FolderConfig } from './folder-config.ts';
import { FolderPlace } from './folder-place.ts';
import { FolderSource } from './folder-source.ts';
import { pathBytesOfText } from './path-bytes.ts';
import { ScanTurns } from './scan-pace.ts';
import { NEWEST_MS } from './send-queue.ts';

export interface WatchedFoldersDeps {
  folders: readonly FolderConfig[];
  stateDir: string;
  uploader: { upload(order: UploadOrder): Promise<UploadResult> };
  client: ServerClient;
  hash: (order: PartsOrder) => Promise<PartsHashed>;
  gate: UploadGate;
  reports: ReportLog;
  clock: Omit<AgentClock, 'boot'>;
  /** Which start of the machine this is. */
  boot: string;
  now: () => number;
  partBytes: number;
}

const FULL_RETRY_MS = 1000;
const MAX_POISONED = 100;

/** All watched folders of an agent, over one journal. */
export class WatchedFolders {
  private readonly deps: WatchedFoldersDeps;
  private readonly journal: FileJournal | null;
  private readonly stopping = new AbortController();
  private sources: FolderSource[] = [];
  private gateLoop: Promise<void> = Promise.resolve();
  private blocked: Promise<void> | null = null;

  /** Throws when the state folder cannot be written. */
  constructor(deps: WatchedFoldersDeps) {
    this.deps = deps;
    this.journal = deps.folders.length === 0 ? null : new FileJournal(deps.stateDir);
    this.journal?.listen((reason) => {
      this.blocked ??= this.untilWritable(reason)
        .catch((error: unknown) => deps.reports.addThrown('Waiting for the state folder failed', error))
        .finally(() => {
          this.blocked = null;
        });
    });
    deps.gate.onLeft((isLeft) => {
      for (const { flow } of this.sources) flow.leaveOut(isLeft);
    });
  }

  start(): void {
    if (this.journal === null) return;
    this.startSources(this.journal);
    this.gateLoop = this.hearGate();
  }

  private startSources(journal: FileJournal): void {
    const { folders, boot, ...deps } = this.deps;
    const clock: AgentClock = {
      mark: () => deps.clock.mark(),
      estimate: (mark) => deps.clock.estimate(mark),
      boot,
    };
    const turns = new ScanTurns();
    this.sources = folders.map((folder) => {
      const place = new FolderPlace(pathBytesOfText(folder.path));
      const own = { ...deps, clock, turns, folder, place, journal };
      const isNewest = ({ seenMs }: { seenMs: number }) => deps.now() - seenMs < NEWEST_MS;
      return new FolderSource(own, (context) => {
        const datasets = new DatasetRecogniser(context, deps.client);
        return new FileSender({
          ...own,
          source: folder.name,
          book: context.book,
          datasets,
          isNewest,
          acquiredOf: (file) => context.acquiredOf(file),
        });
      });
    });
    for (const source of this.sources) source.start();
  }

  private async hearGate(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.deps.gate.changed.wait(signal).catch(() => undefined);
      for (const { flow } of signal.aborted ? [] : this.sources) flow.gateChanged();
    }
  }

  /** The state folder takes no notes: everything stands still (the files are their own buffer) until it does. */
  private async untilWritable(reason: string): Promise<void> {
    const { stateDir, reports } = this.deps;
    reports.add({
      level: 'error',
      code: 'files-journal-full',
      message: `The state folder ${stateDir} cannot be written (${reason}): free space there. Until then no file of a watched folder is sent; all stay where they are.`,
    });
    const sources = this.sources;
    this.sources = [];
    await Promise.all(sources.map((source) => source.stop(new Error('the state folder is full'))));
    const { signal } = this.stopping;
    while (!signal.aborted && !this.journal!.canWrite()) {
      await sleep(FULL_RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
    if (signal.aborted) return;
    reports.add({
      level: 'info',
      code: 'files-journal-writable',
      message: `The state folder ${stateDir} can be written again; the watched folders are looked through.`,
    });
    this.startSources(this.journal!);
  }

  async stop(): Promise<void> {
    this.stopping.abort(new Error('the agent stops'));
    await this.blocked;
    await Promise.all([this.gateLoop, ...this.sources.map((source) => source.stop())]);
  }

  /** After the stop, when nobody asks for the state any more. */
  close(): void {
    this.journal?.close();
  }

  // ── for the heartbeat ──

  folders(): FolderSourceStatus[] {
    return this.sources.map((source) => source.status());
  }

  held(): HeldData[] {
    return this.sources.flatMap((source) => source.held());
  }

  /** The oldest hundred, and how many there are. */
  poisoned(): { first: PoisonedFile[]; total: number } {
    const total = this.sources.reduce((sum, { flow }) => sum + flow.book.states().poisoned, 0);
    const first = this.sources.flatMap((source) => source.poisoned(MAX_POISONED));
    return { first: first.sort((a, b) => a.since.localeCompare(b.since)).slice(0, MAX_POISONED), total };
  }

  /** Files and bytes that wait to be sent. */
  queue(): { files: number; bytes: number } {
    const books = this.sources.map(({ flow }) => flow.book);
    return {
      files: books.reduce((sum, book) => sum + book.waitingFiles, 0),
      bytes: books.reduce((sum, book) => sum + book.waitingBytes, 0),
    };
  }

  /** Of files that came or changed since the start. */
  receivedBytes(): number {
    return this.sources.reduce((sum, { flow }) => sum + flow.book.seenBytes, 0);
  }

  // ── commands ──

  /** What was done, in a sentence. Throws when it cannot be. */
  obey({ kind, ids, source }: AgentCommand): string {
    const named = this.sources.filter(({ name }) => source === null || name === source);
    if (named.length === 0)
      throw new Error(
        source === null ? 'This agent watches no folder.' : `This agent watches no folder "${source}".`,
      );
    if (kind === 'rescan') {
      for (const one of named) one.rescan();
      return `${named.map(({ name }) => name).join(', ')}: being looked through.`;
    }
    const sum = (action: (one: FolderSource) => number) =>
      named.reduce((files, one) => files + action(one), 0);
    if (kind === 'retry-poisoned')
      return `${sum(({ flow }) => flow.retryPoisoned(ids))} files are tried again.`;
    return `${sum(({ flow }) => flow.sendLeftOut())} files that had been left out are sent.`;
  }
}
