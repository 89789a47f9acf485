import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import type { SeriesOpenRequest } from '#src/shared/contracts/agent-api.ts';
import type { DetectorConfig } from '../agent/detector-config.ts';
import { Journal } from '../agent/journal.ts';
import { ReportLog } from '../agent/report-log.ts';
import { prepareSpoolDir } from '../agent/spool.ts';
import type { DataSpoolFile } from '../stream/data-spool-file.ts';
import { SeriesAssembler } from '../stream/series-assembler.ts';
import type { Arrival, OpeningFile, SeriesEnd, SeriesSink } from '../stream/series-sink.ts';
import type { StreamSeries } from '../stream/stream-series.ts';
import type { SupplementFile } from '../stream/supplement-files.ts';

/** Notes what the assembler says; the files are real. */
export class Recorder implements SeriesSink {
  readonly requests: SeriesOpenRequest[] = [];
  readonly finished: { number: number; rows: number; frames: number[] }[] = [];
  readonly ends: (SeriesEnd & { seriesKey: string })[] = [];
  readonly started: string[] = [];
  readonly begun: Arrival[] = [];
  readonly supplements: SupplementFile[] = [];
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  seriesStarted({ seriesKey, begun }: { seriesKey: string; begun: Arrival }): string {
    this.started.push(seriesKey);
    this.begun.push(begun);
    const dir = path.join(this.folder, seriesKey);
    prepareSpoolDir(dir);
    return dir;
  }
  seriesPlanned(request: SeriesOpenRequest): void {
    this.requests.push(request);
  }
  fileOpening({ number, path: wanted }: { number: number; path: string }): OpeningFile {
    return { clientId: `client-${number}`, path: wanted, used: false };
  }
  fileOpened(): void {}
  fileGrew(): void {}
  fileFinished(file: DataSpoolFile, rows: number): void {
    this.finished.push({ number: file.number, rows, frames: [...file.frames()] });
  }
  nextSupplement(): number {
    return this.supplements.length + 1;
  }
  supplementKept(_seriesKey: string, file: SupplementFile): void {
    this.supplements.push(file);
  }
  seriesProgress(): void {}
  seriesEnded(seriesKey: string, end: SeriesEnd): void {
    this.ends.push({ seriesKey, ...end });
  }
  clockOffsetMs(): number {
    return 0;
  }
}

const DETECTOR: DetectorConfig = {
  name: 'd',
  protocol: 'stream-v2',
  mode: 'connect',
  endpoints: ['tcp://127.0.0.1:1'],
  senders: 1,
  splitOver: 1,
  serialNumber: null,
  seriesTimeoutMs: 60_000,
  armedTimeoutMs: 3_600_000,
  metadata: null,
  republish: null,
};

const TICK_MS = 250;

/** An assembler on real files and a clock of its own, which goes on by a millisecond with every message. */
export class AssemblerRig {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-assembler-'));
  readonly journal = new Journal(path.join(this.folder, 'state'));
  nowMs = 1_800_000_000_000;
  readonly reports = new ReportLog({
    journal: this.journal,
    log: pino({ level: 'silent' }),
    now: () => this.nowMs,
  });
  readonly sink = new Recorder(this.folder);
  /** What a former process had read. */
  readUpToMs: number | null = null;
  assembler: SeriesAssembler;
  private readonly detector: DetectorConfig;

  constructor(changes: Partial<DetectorConfig> = {}) {
    this.detector = { ...DETECTOR, ...changes };
    this.assembler = this.newAssembler();
  }

  private newAssembler(): SeriesAssembler {
    return new SeriesAssembler({
      detector: this.detector,
      sink: this.sink,
      reports: this.reports,
      readUpToMs: this.readUpToMs,
    });
  }

  /** Another process with the same detector, which takes over these series. */
  restart(...series: StreamSeries[]): void {
    this.assembler = this.newAssembler();
    for (const one of series) this.assembler.adopt(one);
  }

  /** Messages of one part, or lists of parts. */
  give(...messages: (Uint8Array | readonly Uint8Array[])[]): void {
    for (const message of messages) {
      this.assembler.handle(message instanceof Uint8Array ? [message] : message, this.arrival());
      this.nowMs++;
    }
  }

  /** Of a message that is read now. */
  arrival(waitedMs = 0): Arrival {
    return { wallMs: this.nowMs, steadyMs: this.nowMs, waitedMs };
  }

  /** Time goes by without a message, in ticks as a HUB has them. */
  wait(ms: number): void {
    const endMs = this.nowMs + ms;
    do {
      this.nowMs = Math.min(endMs, this.nowMs + TICK_MS);
      this.assembler.tick(this.nowMs);
    } while (this.nowMs < endMs);
  }

  codes(): Record<string, number> {
    return this.reports.problems('d');
  }

  dispose(): void {
    this.journal.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
