import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { FrameRange } from '#src/shared/contracts/agent-api.ts';
import type { Engine } from './agent/engine.ts';
import type { FileRow, Journal, SeriesRow } from './agent/journal.ts';
import type { ReportLog } from './agent/report-log.ts';
import { readStart } from './agent/series-master.ts';
import type { SpoolPlaces } from './agent/spool-places.ts';
import { channelLayouts } from './hdf5/data-file.ts';
import { DataSpoolFile, dataFileNumber, indexPathOf } from './stream/data-spool-file.ts';
import { describeRanges } from './stream/frame-set.ts';
import type { SeriesAssembler } from './stream/series-assembler.ts';
import { silentStart } from './stream/series-plan.ts';
import { START_FILE } from './stream/start-file.ts';
import { StreamSeries } from './stream/stream-series.ts';
import { supplementsIn } from './stream/supplement-files.ts';

export interface ResumeDeps {
  journal: Journal;
  engine: Engine;
  reports: ReportLog;
  assemblers: ReadonlyMap<string, SeriesAssembler>;
  places: SpoolPlaces;
  /** The machine was started anew since: what is on disk may not be whole. */
  verifyChunks: boolean;
  nowMs: number;
}

const isFile = (file: string) => statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;

/** Takes over what a former process left in journal and spool, however it ended. */
export function resumeAllSeries(deps: ResumeDeps): void {
  for (const entry of readdirSync(deps.places.main.dir, { withFileTypes: true })) {
    const dir = path.join(deps.places.main.dir, entry.name);
    if (entry.isDirectory() && isFile(path.join(dir, START_FILE))) checkFolder(deps, entry.name, dir);
  }
  for (const row of deps.journal.unfinishedSeries()) {
    const files = deps.journal.filesOf(row.seriesKey);
    if (row.openRequest === null && !isFile(path.join(row.dir, START_FILE))) {
      // Killed between the note in the journal and the start's file: nothing was taken over from the detector yet.
      deps.journal.closeSeries(row.seriesKey);
      deps.places.removeSeries(row);
    } else new SeriesResumption(deps, row).run(files);
  }
}

/** A series' folder in the spool, named by its key, must be one the journal knows. */
function checkFolder({ journal, places, reports }: ResumeDeps, seriesKey: string, dir: string): void {
  const state = journal.seriesState(seriesKey);
  // Killed between the note that all of it is stored and the removal.
  if (state === 'closed') places.removeSeries({ seriesKey, dir });
  if (state !== null) return;
  reports.add({
    level: 'error',
    code: 'buffer-unknown',
    message: `${dir} lies in the buffer and the journal does not know it (its disk was full when the HUB was killed, or it was removed): what is in it is kept and not sent.`,
  });
}

class SeriesResumption {
  private readonly deps: ResumeDeps;
  private readonly row: SeriesRow;
  private readonly lost: FrameRange[] = [];
  private stream: StreamSeries | null = null;

  constructor(deps: ResumeDeps, row: SeriesRow) {
    this.deps = deps;
    this.row = row;
  }

  run(files: readonly FileRow[]): void {
    const { engine } = this.deps;
    const { row } = this;
    const assembler = this.deps.assemblers.get(row.detector);
    engine.resumeSeries(row);
    if (row.state === 'receiving') this.stream = this.reopenStream(assembler);
    for (const file of files) this.resumeFile(file);
    if (this.stream && row.openRequest) this.adoptFilesOfSpool(files);
    for (const file of existsSync(row.dir) ? supplementsIn(row.dir) : []) {
      if (!files.some(({ number }) => number === -file.number)) engine.supplementKept(row.seriesKey, file);
    }
    if (this.lost.length > 0) this.reportLost();
    if (this.stream && assembler) assembler.adopt(this.stream);
    else this.stream?.end('agent-restart', this.deps.nowMs);
    engine.resumed(row.seriesKey);
  }

  private reopenStream(assembler: SeriesAssembler | undefined): StreamSeries {
    const { row } = this;
    const request = row.openRequest;
    const start =
      readStart(path.join(row.dir, START_FILE)) ??
      silentStart({
        seriesId: request?.seriesId ?? 0,
        seriesUniqueId: request?.seriesUniqueId ?? row.seriesKey,
      });
    const origin = {
      seriesKey: row.seriesKey,
      dir: row.dir,
      start,
      begun: row.begun,
      channels: request ? channelLayouts(request.channels) : undefined,
      framesPerFile: request?.framesPerFile,
      framesExpected: request?.framesExpected,
    };
    const deps = assembler?.seriesDeps() ?? {
      sink: this.deps.engine,
      report: (finding: Parameters<ReportLog['add']>[0]) => this.deps.reports.add(finding),
      detector: row.detector,
      participants: request?.participants ?? 1,
      fallbackSerialNumber: null,
    };
    const series = new StreamSeries(origin, deps);
    series.resumed = true;
    series.lastActivityMs = this.deps.nowMs;
    return series;
  }

  private resumeFile(file: FileRow): void {
    const { engine, journal } = this.deps;
    if (file.state === 'confirmed' || file.state === 'lost') {
      engine.resumeFile(file);
      if (file.kind !== 'data') return;
      this.stream?.resumeFinishedFile(file.number, file.rows, file.absent);
      return;
    }
    if (file.kind === 'master') {
      if (file.state === 'settled' && (!isFile(file.localPath) || this.deps.verifyChunks))
        file.state = 'growing';
      engine.resumeFile(file);
      return;
    }
    if (file.kind === 'other') {
      // One that is gone is told of when it is to be sent.
      engine.resumeFile(file);
      return;
    }
    if (!isFile(file.localPath) || (file.state === 'settled' && !isFile(indexPathOf(file.localPath)))) {
      this.fileIsGone(file);
      return;
    }
    if (this.deps.verifyChunks) {
      // Parts sent before the power cut may hold bytes that this disk does not: all of them are sent again.
      journal.forgetUpload(file.clientId);
      Object.assign(file, { uploadId: null, sha256: null });
    }
    this.resumeSpooled(file);
  }

  private resumeSpooled(file: FileRow): void {
    const request = this.row.openRequest!;
    const { seriesKey, clientId, number, localPath } = file;
    const { framesPerFile } = request;
    const channels = channelLayouts(request.channels);
    const place = { clientId, seriesKey, number, path: localPath, channels, framesPerFile };
    const { file: spooled, damaged } = DataSpoolFile.recover(place, this.deps.verifyChunks);
    for (const frame of damaged) this.lose([frame, frame]);
    if (file.state === 'settled' && this.deps.verifyChunks) this.loseUnindexed(file, spooled, damaged);
    if (file.state === 'settled') {
      if (this.deps.verifyChunks) {
        spooled.finish(file.rows);
        file.sizeBytes = spooled.sizeBytes;
      }
      this.deps.engine.resumeFile(file, spooled.chunkTables(file.rows), spooled.frameValues(file.rows));
      spooled.close();
      this.stream?.resumeFinishedFile(number, file.rows, file.absent);
      return;
    }
    file.sizeBytes = spooled.sizeBytes;
    this.deps.engine.resumeFile(file);
    this.stream?.resumeFile(spooled);
  }

  /** What was in a whole file and is not even in its index any more: neither had reached the disk when the power went. */
  private loseUnindexed(
    { number, rows, absent }: FileRow,
    spooled: DataSpoolFile,
    damaged: readonly number[],
  ): void {
    const known = new Set([...spooled.frames(), ...damaged]);
    const first = (number - 1) * this.row.openRequest!.framesPerFile;
    for (let frame = first; frame < first + rows; frame++) {
      const neverCame = absent.some(([from, to]) => frame >= from && frame <= to);
      if (!neverCame && !known.has(frame)) this.lose([frame, frame]);
    }
  }

  /** Files the journal could not note (its disk was full) before the process was killed. */
  private adoptFilesOfSpool(known: readonly FileRow[]): void {
    const there = this.deps.places.foldersOf(this.row).flatMap((dir) => {
      const names = existsSync(dir) ? readdirSync(dir) : [];
      return names.map((name) => ({ number: dataFileNumber(name), localPath: path.join(dir, name) }));
    });
    for (const { number, localPath } of there.sort((a, b) => (a.number ?? 0) - (b.number ?? 0))) {
      if (number === null || known.some((file) => file.kind === 'data' && file.number === number)) continue;
      // Without its index nothing can be said about what is in it; then it is made anew.
      if (!isFile(indexPathOf(localPath))) continue;
      this.resumeSpooled(this.deps.engine.adoptFile(this.row.seriesKey, number, localPath));
    }
  }

  /** A memory file system does not outlive a reboot: what the journal knows to have been in the file is lost. */
  private fileIsGone(file: FileRow): void {
    const framesPerFile = this.row.openRequest?.framesPerFile ?? 1;
    const first = (file.number - 1) * framesPerFile;
    const last =
      file.state === 'settled'
        ? first + file.rows - 1
        : Math.min(first + framesPerFile - 1, this.row.lastFrame);
    if (last < first) {
      // Killed between the note in the journal and the file: nothing was in it, and it can be begun again.
      this.deps.journal.dropFile(file.clientId);
      return;
    }
    this.lose([first, last]);
    this.deps.journal.setFileLost(file.clientId);
    file.state = 'lost';
    this.deps.engine.resumeFile(file);
    this.stream?.resumeFinishedFile(file.number, 0, []);
  }

  private lose(range: FrameRange): void {
    this.lost.push(range);
    if (this.stream) this.stream.addLost(range);
    else this.deps.engine.noteLost(this.row.seriesKey, range);
  }

  private reportLost(): void {
    const { detector, seriesKey, base } = this.row;
    this.deps.reports.add({
      level: 'error',
      code: 'frames-lost',
      message: `${base ?? 'A series'}: images ${describeRanges(this.lost)} were received and lost with the buffer.`,
      detector,
      seriesKey,
    });
  }
}
