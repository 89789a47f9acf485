import { randomUUID } from 'node:crypto';
import type { FrameRange, SeriesEndRequest } from '#src/shared/contracts/agent-api.ts';
import type { AttachFilesRequest, FileDatasetOpenRequest } from '#src/shared/contracts/agent-files.ts';
import type { DatasetCalls } from './dataset-calls.ts';
import type { SourceFile } from './file-rows.ts';
import type { FlowContext } from './flow-context.ts';
import { gapsBetween } from './frame-gaps.ts';
import type { DataFacts, MasterFacts } from './hdf5-inspect.ts';
import type { Hdf5Thread } from './hdf5-thread.ts';
import { pathOfLink, stemOf } from './master-links.ts';
import { EndedFiles } from './measured-again.ts';
import {
  joinPath,
  type PathBytes,
  pathBytesOfText,
  safePath,
  shownPath,
  splitPath,
  textOf,
} from './path-bytes.ts';

/** A data file that a master names. */
interface LinkedFile {
  /** As the master names it. */
  name: string;
  object: string;
  /** Below the watched folder; null when it lies elsewhere. */
  path: PathBytes | null;
  /** Frames that it fills, as the master says it. */
  frames?: FrameRange | null;
  /** It holds parts of the images of another file, which stands for both. */
  isPart?: boolean;
  facts: DataFacts | null;
  /** Upload that was attached; a rewrite is not attached again, it is a version of the same file. */
  attachedId: string | null;
  /** The server does not take it as part of the dataset: no more is done about it. */
  isRefused?: boolean;
}

/** As it is noted in the journal. */
interface NotedMaster {
  kind: 'hdf5-master';
  path: PathBytes;
  seriesKey: string;
  /** Upload of the master. */
  masterId: string;
  facts: MasterFacts;
  files: LinkedFile[];
  request: FileDatasetOpenRequest | null;
  datasetId: string | null;
  isMasterAttached: boolean;
  state: 'open' | 'ended';
  /** Own clock; null while it goes on. */
  endedMs: number | null;
}

interface Master extends NotedMaster {
  lastProgressMs: number;
}

interface AttachedFile {
  /** Null: the master, when there are no images in it. */
  file: LinkedFile | null;
  told: AttachFilesRequest['files'][number];
}

const isAwaited = ({ attachedId, isRefused }: LinkedFile) => attachedId === null && !isRefused;
/** How many frames it fills, as far as anything says it. */
const framesOf = ({ frames, facts }: LinkedFile) =>
  frames ? frames[1] - frames[0] + 1 : (facts?.frames ?? 0);

/** Of one question to the server. */
const FILES_AT_ONCE = 500;
const MASTER_NAME = /\.(h5|hdf5|hdf|nxs)$/i;
/** Data files name nobody; they are not opened to find that out. */
const DATA_NAME = /_data_\d+\.h5$/i;
const MAX_ABSENT = 1000;

function mayBeMaster(path: PathBytes): boolean {
  const { name } = splitPath(path);
  return MASTER_NAME.test(name) && !DATA_NAME.test(name);
}

/** Recognises HDF5 masters that are stored, attaches their data files as they are stored, and ends when all are there or time is over. */
export class MasterRecogniser {
  private readonly context: FlowContext;
  private readonly calls: DatasetCalls;
  private readonly thread: Hdf5Thread;
  private readonly signal: AbortSignal;
  private readonly masters = new Map<PathBytes, Master>();
  /** A rewritten master is a version of the same file, and no further dataset, unless another acquisition uses its name. */
  private readonly ended = new EndedFiles();

  constructor(context: FlowContext, calls: DatasetCalls, thread: Hdf5Thread, signal: AbortSignal) {
    this.context = context;
    this.calls = calls;
    this.thread = thread;
    this.signal = signal;
    for (const { body } of context.deps.journal.datasets(context.source)) {
      const noted = JSON.parse(body) as NotedMaster | { kind: 'cbf-series' };
      if (noted.kind !== 'hdf5-master') continue;
      const master = { ...noted, lastProgressMs: context.deps.now() };
      if (noted.state === 'open') this.masters.set(noted.path, { ...master, endedMs: null });
      // Of what a former version noted only this is sure.
      else this.keepEnded(master, noted.endedMs ?? context.deps.now());
    }
  }

  private note({ lastProgressMs: _, ...noted }: Master): void {
    const { journal } = this.context.deps;
    journal.putDataset(this.context.source, noted.seriesKey, JSON.stringify(noted satisfies NotedMaster));
  }

  private keepEnded({ path, masterId, files }: Master, endedMs: number): void {
    const master = { path, endedMs };
    this.ended.add(master, path, this.rowAt(path), masterId);
    for (const file of files) {
      if (file.path === null || file.path === path || file.attachedId === null) continue;
      this.ended.add(master, file.path, this.rowAt(file.path), file.attachedId);
    }
  }

  private rowAt(path: PathBytes): SourceFile | null {
    return this.context.deps.journal.byPath(this.context.source, path);
  }

  isMeasuredAgain(row: SourceFile): boolean {
    return this.ended.isMeasuredAgain(row);
  }

  /** Another acquisition has this name now. */
  forget(path: PathBytes): void {
    this.ended.remove(path);
  }

  private lookKey(path: PathBytes): string {
    return `look into ${this.context.source}/${path}`;
  }

  /** A file is about to be sent: whether it is to be looked into is noted, for the case that this process ends before. */
  sending(path: PathBytes): void {
    if (mayBeMaster(path)) this.context.deps.journal.setMeta(this.lookKey(path), '');
  }

  /** Looks into what a former process stored. */
  async lookAgain(): Promise<void> {
    const prefix = this.lookKey('');
    for (const key of this.context.deps.journal.metaKeys(prefix)) {
      const path = key.slice(prefix.length);
      if (this.context.deps.journal.byPath(this.context.source, path)?.state === 'confirmed')
        await this.stored(path);
    }
  }

  /** A file is stored: it may be a master. */
  async stored(path: PathBytes): Promise<void> {
    const row = this.rowAt(path);
    if (row !== null) this.ended.stored(row);
    if (!mayBeMaster(path)) return;
    await this.lookInto(path);
    this.context.deps.journal.removeMeta(this.lookKey(path));
  }

  private async lookInto(path: PathBytes): Promise<void> {
    if (this.isKnown(path)) return;
    const openPath = this.openPathOf(path);
    const row = this.rowAt(path);
    if (openPath === null || row === null || row.confirmedId === null) return;
    const facts = await this.thread.master(openPath).catch((error: unknown) => {
      this.context.deps.reports.logOnly({
        code: 'hdf5-unreadable',
        message: `${shownPath(path)}: ${String(error)}`,
      });
      return null;
    });
    if (facts === null || this.isKnown(path)) return;
    const fresh = { facts: null, attachedId: null };
    const own = {
      name: splitPath(path).name,
      object: '',
      path,
      frames: null,
      facts: facts.own,
      attachedId: null,
    };
    const files: LinkedFile[] =
      facts.own !== null
        ? [own]
        : facts.files.map(({ file, ...named }) => ({
            ...{ name: file, ...named, path: pathOfLink(path, file) },
            ...fresh,
          }));
    const master: Master = {
      kind: 'hdf5-master',
      path,
      seriesKey: randomUUID(),
      masterId: row.confirmedId,
      facts,
      files,
      request: null,
      datasetId: null,
      isMasterAttached: false,
      state: 'open',
      endedMs: null,
      lastProgressMs: this.context.deps.now(),
    };
    this.masters.set(path, master);
    this.note(master);
    await this.context.deps.journal.flushed();
  }

  private isKnown(path: PathBytes): boolean {
    return this.masters.has(path) || this.ended.has(path);
  }

  /** The library takes a text; null when the name is none. */
  private openPathOf(path: PathBytes): string | null {
    const where = joinPath(this.context.deps.root, path);
    const text = textOf(where);
    return pathBytesOfText(text) === where ? text : null;
  }

  /** Goes on with every master. Never rejects: it is called by a timer. */
  async goOn(): Promise<void> {
    for (const master of [...this.masters.values()]) {
      if (this.signal.aborted) return;
      try {
        await this.goOnWith(master);
      } catch (error) {
        if (!this.signal.aborted) this.context.failed(`The dataset of ${shownPath(master.path)}`, error);
      }
    }
  }

  private async goOnWith(master: Master): Promise<void> {
    const { now, folder } = this.context.deps;
    for (const file of master.files) await this.lookAt(master, file);
    if (master.request === null && !this.makeRequest(master)) {
      if (this.isOver(master)) this.giveUp(master);
      return;
    }
    if (master.datasetId === null) {
      master.datasetId = await this.calls.open(master.request!, this.signal);
      if (master.datasetId === null) return this.close(master);
      this.note(master);
    }
    await this.attach(master, master.datasetId);
    const isWhole = !master.files.some(isAwaited);
    const isOver = now() - master.lastProgressMs >= folder.absentTimeoutMs && this.isOver(master);
    if (isWhole || isOver) await this.end(master, master.datasetId, isWhole);
  }

  /** Null also while the name still has what an earlier dataset of this master named: its own file is to come. */
  private rowOf(master: Master, { path }: LinkedFile): SourceFile | null {
    const row = path === null ? null : this.rowAt(path);
    if (row === null || !this.ended.isOfFormer(master.path, row)) return row;
    return row.state !== 'confirmed' && this.ended.isMeasuredAgain(row)
      ? { ...row, confirmedId: null }
      : null;
  }

  private async lookAt(master: Master, file: LinkedFile): Promise<void> {
    const row = this.rowOf(master, file);
    if (row !== null && row.state !== 'confirmed' && row.state !== 'poisoned' && row.state !== 'left-out') {
      // It is on its way: waiting for it is no waiting in vain.
      master.lastProgressMs = this.context.deps.now();
    }
    if (file.facts !== null || row === null || row.state !== 'confirmed') return;
    const openPath = this.openPathOf(file.path!);
    if (openPath === null) return;
    file.facts = await this.thread.data(openPath, file.object).catch(() => null);
    if (file.facts !== null) master.lastProgressMs = this.context.deps.now();
  }

  private isOver({ lastProgressMs }: Master): boolean {
    return this.context.deps.now() - lastProgressMs >= this.context.deps.folder.absentTimeoutMs;
  }

  /** Possible when a data file has told what frames look like. */
  private makeRequest(master: Master): boolean {
    const known = master.files.findIndex(({ facts }) => facts !== null);
    if (known < 0) return false;
    const { channel: ofFile } = master.files[known]!.facts!;
    const channel = { ...ofFile, ...master.facts.image };
    const row = this.rowAt(master.path);
    if (row === null) return false;
    const { facts } = master;
    const [rows, columns] = channel.shape;
    const ofFiles = master.files.map((file) => this.rowOf(master, file)).filter((one) => one !== null);
    const rowsOfFiles = [row, ...ofFiles];
    const first = rowsOfFiles.reduce((a, b) => (b.seenMs < a.seenMs ? b : a));
    master.request = {
      seriesKey: master.seriesKey,
      kind: 'hdf5-master',
      source: this.context.source,
      stem: safePath(stemOf(master.path)),
      acquired: this.context.acquiredOf(first),
      detector: facts.detector ?? 'HDF5 files',
      detectorSerialNumber: facts.detectorSerialNumber,
      framesExpected: facts.framesExpected,
      // The last file may hold fewer.
      framesPerFile: master.files.reduce((most, file) => Math.max(most, framesOf(file)), 1),
      channels: [{ name: 'default', ...channel }],
      geometry: { ...facts.geometry, imageSizeXPx: columns, imageSizeYPx: rows },
      sampleName: facts.sampleName,
    };
    this.note(master);
    return true;
  }

  private rangeOf(master: Master, index: number): FrameRange {
    const { facts, frames } = master.files[index]!;
    if (frames) return [frames[0], Math.min(frames[1], frames[0] + facts!.frames - 1)];
    const { imageLow } = facts!;
    const first = imageLow === null ? index * master.request!.framesPerFile : imageLow - 1;
    return [first, first + facts!.frames - 1];
  }

  private async attach(master: Master, datasetId: string): Promise<void> {
    const ready = master.files.flatMap((file, index): AttachedFile[] => {
      const row = this.rowOf(master, file);
      if (!isAwaited(file) || file.facts === null || file.facts.frames === 0) return [];
      if (row === null || row.confirmedId === null) return [];
      const kind = file.path === master.path ? 'master' : 'data';
      const frames = file.isPart ? null : this.rangeOf(master, index);
      return [{ file, told: { clientId: row.confirmedId, kind, frames } }];
    });
    if (!master.isMasterAttached && !ready.some(({ told }) => told.kind === 'master')) {
      ready.push({ file: null, told: { clientId: master.masterId, kind: 'master', frames: null } });
    }
    for (let first = 0; first < ready.length; first += FILES_AT_ONCE) {
      await this.attachSome(master, datasetId, ready.slice(first, first + FILES_AT_ONCE));
    }
    if (ready.length === 0) return;
    master.isMasterAttached = true;
    master.lastProgressMs = this.context.deps.now();
    this.note(master);
  }

  /** What is refused is told and left; one file that cannot be part of the dataset does not keep the others from it. */
  private async attachSome(master: Master, datasetId: string, files: readonly AttachedFile[]): Promise<void> {
    const told = files.map((one) => one.told);
    if (await this.calls.attach(stemOf(master.path), datasetId, told, this.signal)) {
      for (const { file, told } of files) if (file) file.attachedId = told.clientId;
    } else if (files.length > 1) {
      for (const one of files) await this.attachSome(master, datasetId, [one]);
    } else if (files[0]!.file) files[0]!.file.isRefused = true;
  }

  private async end(master: Master, datasetId: string, isWhole: boolean): Promise<void> {
    const { now, reports } = this.context.deps;
    const ranges = master.files.flatMap((file, index) =>
      file.attachedId === null || file.isPart ? [] : [this.rangeOf(master, index)],
    );
    const absent = master.files.filter(isAwaited).map(({ name }) => name);
    const end: SeriesEndRequest = {
      endedAt: new Date(now()).toISOString(),
      ending: isWhole ? 'end-message' : 'timeout',
      framesReceived: ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0),
      missing: gapsBetween(ranges),
      lost: [],
      absentFiles: absent.slice(0, MAX_ABSENT).map((name) => name.slice(0, 1000)),
    };
    await this.calls.end(stemOf(master.path), datasetId, end, this.signal);
    if (absent.length > 0) {
      const named =
        absent.slice(0, 3).join(', ') + (absent.length > 3 ? ` and ${absent.length - 3} more` : '');
      reports.add({
        level: 'error',
        code: 'data-files-absent',
        message: `${shownPath(master.path)} names data files that did not come: ${named}.`,
      });
    }
    this.close(master);
  }

  /** None of its data files ever came, so nothing says what its frames would be. */
  private giveUp(master: Master): void {
    this.context.deps.reports.add({
      level: 'error',
      code: 'data-files-absent',
      message: `${shownPath(master.path)} names ${master.files.length} data files, and none of them came or could be read; it is stored as a file of no dataset.`,
    });
    this.close(master);
  }

  private close(master: Master): void {
    master.state = 'ended';
    master.endedMs = this.context.deps.now();
    this.note(master);
    this.masters.delete(master.path);
    this.keepEnded(master, master.endedMs);
  }
}
