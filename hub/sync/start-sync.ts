import type { Logger } from 'pino';
import { SYNC } from '../agent/agent-program.ts';
import { type AgentStatus, StatusBoard } from '../agent/agent-status.ts';
import { CommandLog } from '../agent/command-log.ts';
import { Heartbeat } from '../agent/heartbeat.ts';
import { Journal } from '../agent/journal.ts';
import { closeJournal, reportJournalFaults } from '../agent/journal-reports.ts';
import { bootId } from '../agent/machine-clocks.ts';
import { disksOfFolders, NeededDisks } from '../agent/needed-disks.ts';
import { ReportLog } from '../agent/report-log.ts';
import { ServerLink } from '../agent/server-link.ts';
import { SpoolThread } from '../agent/spool-thread.ts';
import { Uploader } from '../agent/uploader.ts';
import { WatchedFolders } from '../files/watched-folders.ts';
import { LocalControl } from '../local/local-control.ts';
import { LocalServer } from '../local/local-server.ts';
import { lowerIoPriority } from './io-priority.ts';
import { layDownNatives } from './packed-natives.ts';
import type { SyncConfig } from './sync-config.ts';

const DRAIN_MS = 10_000;
/** The files are their own buffer. */
const NO_BUFFER = { usedBytes: 0, maxBytes: 0 };

export interface Sync {
  status(): AgentStatus;
  /** Gives up what is on its way; the journal knows how far it came. */
  stop(): Promise<void>;
}

export interface SyncOptions {
  /** Milliseconds since 1970. */
  now?: () => number;
}

/** Puts the parts together, the same as a HUB's without what receives streams, and starts them. Throws when the state folder cannot be used. */
export function startSync(config: SyncConfig, log: Logger, version: string, options: SyncOptions = {}): Sync {
  const { now = Date.now } = options;
  const { stateDir, serverUrl } = config;
  const journal = new Journal(stateDir);
  const reports = new ReportLog({ journal, log, now });
  reportJournalFaults(journal, reports, stateDir);
  layDownNatives(stateDir, reports);
  lowerIoPriority().catch((error: unknown) =>
    log.info({ err: error }, 'disk accesses of SYNC keep the priority that they have'),
  );
  const stopping = new AbortController();
  const { signal } = stopping;
  // Commands that the former process left are heard before the folders are there.
  const commands = new CommandLog(journal, (command) => Promise.resolve().then(() => folders.obey(command)));
  const link = new ServerLink({ program: SYNC, config, journal, reports, version, now, signal, commands });
  link.restore();
  const { client, gate, clock } = link;
  const common = { journal, client, gate, reports, now, signal, clock };
  const thread = new SpoolThread();
  const uploader = new Uploader({ ...common, thread, concurrency: config.upload.concurrency });
  const folders: WatchedFolders = new WatchedFolders({
    ...common,
    folders: config.folders,
    stateDir,
    partBytes: config.upload.partBytes,
    uploader,
    hash: (order) => thread.hashParts(order),
    boot: bootId(),
  });
  const status = new StatusBoard({
    version,
    spoolDir: stateDir,
    stateDir,
    budget: NO_BUFFER,
    bufferPlaces: () => [],
    disks: new NeededDisks(disksOfFolders(config)),
    clock,
    reports,
    gate,
    now,
    uploadedBytes: () => uploader.uploadedBytes,
    sending: () => uploader.sending,
    detectors: () => [],
    sources: [folders],
  });
  const heartbeat = new Heartbeat({
    client,
    journal,
    reports,
    clock,
    now,
    status,
    commands,
    siteSwitches: link.siteSwitches,
    learned: () => gate.siteSwitchesChanged(),
    isEnrolled: () => link.access.token !== null,
    onBeat: () => {
      journal.retryWrites();
      link.beat();
    },
  });
  const control = new LocalControl({
    program: SYNC,
    link,
    status,
    heartbeat,
    reports,
    server: serverUrl,
  });
  const local = new LocalServer({ control, reports, stateDir, port: null });
  folders.start();
  link.start();
  heartbeat.start();
  local.start();
  log.info({ folders: config.folders.length, stateDir }, 'SYNC started');

  const stop = async () => {
    log.info('SYNC stops');
    // What cannot be told to the server within this time stays in the journal.
    const patience = setTimeout(() => stopping.abort(new Error('the SYNC stops')), DRAIN_MS);
    await local.stop();
    await folders.stop();
    await heartbeat.stop();
    clearTimeout(patience);
    stopping.abort(new Error('the SYNC stops'));
    await thread.close();
    await link.stopped();
    folders.close();
    closeJournal(journal, log, stateDir);
    log.info('SYNC stopped');
  };
  let stopped: Promise<void> | null = null;
  return {
    status: () => status.now(),
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}
