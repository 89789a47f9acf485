import type { Logger } from 'pino';
import { HUB } from './agent/agent-program.ts';
import { type AgentStatus, StatusBoard } from './agent/agent-status.ts';
import { bufferPlaces } from './agent/buffer-room.ts';
import { CommandLog } from './agent/command-log.ts';
import type { HubConfig } from './agent/config.ts';
import { isFileFault } from './agent/disk-fault.ts';
import { Engine } from './agent/engine.ts';
import { Heartbeat } from './agent/heartbeat.ts';
import { Journal } from './agent/journal.ts';
import { closeJournal, reportJournalFaults } from './agent/journal-reports.ts';
import { bootId } from './agent/machine-clocks.ts';
import { disksOfFolders, NeededDisks } from './agent/needed-disks.ts';
import { PreviewSender } from './agent/preview-sender.ts';
import { ReportLog } from './agent/report-log.ts';
import { ServerLink } from './agent/server-link.ts';
import { chooseSpoolDir, isMemoryFolder, prepareSpoolDir, SpoolBudget, SpoolPool } from './agent/spool.ts';
import { type SpoolPlace, SpoolPlaces } from './agent/spool-places.ts';
import { SpoolThread } from './agent/spool-thread.ts';
import { Uploader } from './agent/uploader.ts';
import { WatchedFolders } from './files/watched-folders.ts';
import { LocalControl } from './local/local-control.ts';
import { LocalServer } from './local/local-server.ts';
import { PreviewMaker } from './preview/preview-maker.ts';
import { resumeAllSeries } from './resume-series.ts';
import { formerlyReadUpTo, ReadingLag } from './stream/reading-lag.ts';
import { SeriesAssembler } from './stream/series-assembler.ts';
import { StreamSource } from './stream/stream-source.ts';

const TICK_MS = 250;
const DRAIN_MS = 10_000;

export interface Hub {
  status(): AgentStatus;
  /** What people at this machine may do. */
  readonly local: LocalControl;
  /** Stops receiving, gives transfers in flight ten seconds, leaves the rest in spool and journal. */
  stop(): Promise<void>;
}

export interface HubOptions {
  /** Milliseconds since 1970. */
  now?: () => number;
  /** Longest wait for transfers at a stop. */
  drainMs?: number;
}

/** Does what the buffer is needed for at the start; says what to do when its file system refuses. */
function withBuffer<T>(spoolDir: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!isFileFault(error)) throw error;
    throw new Error(
      `the buffer ${spoolDir} cannot be used (${error.code}); free space on its disk and start again`,
      { cause: error },
    );
  }
}

/** The second folder of the buffer, made and empty or as a former process left it; null when there is none. */
function prepareSpill({ buffer: { spill }, stateDir }: HubConfig): SpoolPlace | null {
  if (spill === null) return null;
  const dir = chooseSpoolDir(spill.dir, stateDir, spill.maxBytes);
  withBuffer(dir, () => prepareSpoolDir(dir));
  return { dir, maxBytes: spill.maxBytes };
}

/** Puts the parts together and starts them. Throws when the state folder or the spool cannot be used. */
export function startHub(config: HubConfig, log: Logger, version: string, options: HubOptions = {}): Hub {
  const { now = Date.now, drainMs = DRAIN_MS } = options;
  const journal = new Journal(config.stateDir);
  const reports = new ReportLog({ journal, log, now });
  reportJournalFaults(journal, reports, config.stateDir);
  const spoolDir = chooseSpoolDir(config.buffer.dir, config.stateDir, config.buffer.maxBytes);
  const inMemory = withBuffer(spoolDir, () => {
    prepareSpoolDir(spoolDir);
    return isMemoryFolder(spoolDir);
  });
  const places = new SpoolPlaces(
    { dir: spoolDir, maxBytes: config.buffer.maxBytes },
    prepareSpill(config),
    reports,
  );
  const budget = new SpoolBudget(places.maxBytes);
  const pool = withBuffer(spoolDir, () => new SpoolPool(spoolDir, budget, config.buffer.maxBytes, inMemory));
  const thread = new SpoolThread();
  const stopping = new AbortController();
  const { signal } = stopping;
  // Commands that the former process left are heard before the folders are there.
  const commands = new CommandLog(journal, (command) => Promise.resolve().then(() => folders.obey(command)));
  const link = new ServerLink({ program: HUB, config, journal, reports, version, now, signal, commands });
  link.restore();
  const { client, gate, clock } = link;
  const common = { journal, client, gate, reports, now, signal, clock };
  const uploader = new Uploader({ ...common, thread, concurrency: config.upload.concurrency });
  const folders: WatchedFolders = new WatchedFolders({
    ...common,
    folders: config.folders,
    stateDir: config.stateDir,
    partBytes: config.upload.partBytes,
    uploader,
    hash: (order) => thread.hashParts(order),
    boot: bootId(),
  });
  const engine = new Engine({
    ...common,
    thread,
    uploader,
    budget,
    pool,
    places,
    partBytes: config.upload.partBytes,
  });

  const previewSender = new PreviewSender({ client, gate, reports, signal, targetOf: engine.previewTarget });
  const previews = new PreviewMaker({
    now,
    onPreview: (preview) => previewSender.send(preview),
    onFailure: (seriesKey, message) =>
      reports.add({ level: 'warn', code: 'preview-failed', message, seriesKey }),
  });
  const readUpTo = new Map(
    config.detectors.map(({ name }) => [name, formerlyReadUpTo(journal, clock, name)] as const),
  );
  const assemblers = new Map(
    config.detectors.map((detector) => {
      const readUpToMs = readUpTo.get(detector.name) ?? null;
      return [detector.name, new SeriesAssembler({ detector, sink: engine, reports, previews, readUpToMs })];
    }),
  );
  const boot = bootId();
  const verifyChunks = boot === '' || (journal.meta('boot-id') ?? boot) !== boot;
  withBuffer(spoolDir, () =>
    resumeAllSeries({ journal, engine, reports, assemblers, places, verifyChunks, nowMs: now() }),
  );
  journal.setMeta('boot-id', boot);

  const sources = config.detectors.map(
    (detector) =>
      new StreamSource({
        detector,
        assembler: assemblers.get(detector.name)!,
        budget,
        reports,
        log,
        now,
        clock,
        journal,
        lag: new ReadingLag(clock.mark().steadyMs, readUpTo.get(detector.name) ?? null),
        makeRoom: () => pool.clear(),
      }),
  );
  const status = new StatusBoard({
    version,
    spoolDir,
    stateDir: config.stateDir,
    budget,
    bufferPlaces: () => bufferPlaces(places, pool, engine.usedInMain(), budget.usedBytes),
    disks: new NeededDisks([
      { dir: spoolDir, use: { part: 'buffer' } },
      ...(places.spill ? [{ dir: places.spill.dir, use: { part: 'spill' as const } }] : []),
      ...disksOfFolders(config),
    ]),
    clock,
    reports,
    gate,
    now,
    uploadedBytes: () => uploader.uploadedBytes,
    sending: () => uploader.sending,
    detectors: () => sources.map((source) => source.status(engine.datasetOf)),
    sources: [engine, folders],
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
      for (const assembler of assemblers.values()) assembler.noteProgress();
      for (const source of sources) source.noteRead();
      link.beat();
      engine.noteClocks();
    },
  });
  const control = new LocalControl({
    program: HUB,
    link,
    status,
    heartbeat,
    reports,
    server: config.serverUrl,
  });
  const local = new LocalServer({
    control,
    reports,
    stateDir: config.stateDir,
    port: config.local.port,
  });
  const ticking = setInterval(() => {
    for (const [detector, assembler] of assemblers) {
      try {
        assembler.tick(now());
      } catch (error) {
        reports.addThrown('What time decides about a series failed', error, detector);
        if (isFileFault(error)) pool.clear();
      }
    }
  }, TICK_MS);
  for (const source of sources) source.start();
  folders.start();
  link.start();
  previewSender.start();
  heartbeat.start();
  local.start();
  log.info({ spool: spoolDir, inMemory, detectors: config.detectors.length }, 'HUB started');

  let stopped: Promise<void> | null = null;
  const stop = async () => {
    log.info('HUB stops receiving');
    clearInterval(ticking);
    await local.stop();
    await Promise.all(sources.map((source) => source.stop()));
    await folders.stop();
    await engine.drain(drainMs);
    await heartbeat.stop();
    stopping.abort(new Error('the HUB stops'));
    await engine.settled();
    await thread.close();
    await previews.close();
    await previewSender.stopped();
    await link.stopped();
    folders.close();
    closeJournal(journal, log, config.stateDir);
    log.info('HUB stopped');
  };
  return {
    status: () => status.now(),
    local: control,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}
