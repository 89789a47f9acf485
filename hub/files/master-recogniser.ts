import { randomUUID } from 'node:crypto';
import type { Acquired } from '#src/shared/contracts/agent-files.ts';
import type { DatasetCalls } from './dataset-calls.ts';
import type { SourceFile } from './file-rows.ts';
import type { FlowContext } from './flow-context.ts';
import { switchBefore } from './goes-on.ts';
import type { Hdf5Reading } from './hdf5-reading.ts';
import { LateMasters } from './late-masters.ts';
import { isAnother, isPartAt, isPartOf, isUsedAnew, usedAnewMs } from './master-files.ts';
import { stemOf } from './master-links.ts';
import { EndedFiles } from './measured-again.ts';
import {
  type AttachedFile,
  endOf,
  isAwaited,
  type LinkedFile,
  lackingWords,
  linkedFilesOf,
  type Master,
  masterRequestOf,
  mayBeMaster,
  type NotedMaster,
  namedBriefly,
  rangeOf,
} from './noted-master.ts';
import { type PathBytes, shownPath } from './path-bytes.ts';

/** Of one question to the server. */
const FILES_AT_ONCE = 500;

/** Recognises HDF5 masters that are stored, attaches their data files as they are stored, and ends when all are there or time is over. */
export class MasterRecogniser {
  private readonly context: FlowContext;
  private readonly calls: DatasetCalls;
  private readonly hdf5: Hdf5Reading;
  private readonly signal: AbortSignal;
  private readonly masters = new Map<PathBytes, Master>();
  /** Every name that one of these has or names. */
  private readonly names = new Map<PathBytes, Master>();
  /** Another acquisition has their names; their end is still to be told. */
  private readonly superseded = new Set<Master>();
  /** Ended, while files that they name had not come. */
  private readonly late = new LateMasters();
  /** A rewritten master is a version of the same file, and no further dataset, unless another acquisition uses its name. */
  private readonly ended = new EndedFiles();

  constructor(context: FlowContext, calls: DatasetCalls, hdf5: Hdf5Reading, signal: AbortSignal) {
    this.context = context;
    this.calls = calls;
    this.hdf5 = hdf5;
    this.signal = signal;
    for (const { body } of context.deps.journal.datasets(context.source)) {
      const noted = JSON.parse(body) as NotedMaster | { kind: 'cbf-series' };
      if (noted.kind !== 'hdf5-master') continue;
      const master = { ...noted, lastProgressMs: context.deps.now(), continuity: null };
      if (noted.state === 'open' && noted.endedMs === null) this.keepOpen(master);
      else this.keepClosed(master);
    }
    for (const path of this.masters.keys()) this.late.remove(path);
  }

  private keepOpen(master: Master): void {
    this.masters.set(master.path, master);
    for (const { path } of [master, ...master.files]) if (path !== null) this.names.set(path, master);
  }

  private keepClosed(master: Master): void {
    // Of what a former version noted only this is sure.
    master.endedMs ??= this.context.deps.now();
    this.keepEnded(master, master.endedMs);
    if (master.state === 'open') this.superseded.add(master);
    else this.late.add(master);
  }

  private letGo(master: Master): void {
    this.masters.delete(master.path);
    for (const { path } of [master, ...master.files]) {
      if (path !== null && this.names.get(path) === master) this.names.delete(path);
    }
  }

  private note({ lastProgressMs: _, continuity: __, ...noted }: Master): void {
    const { journal } = this.context.deps;
    journal.putDataset(this.context.source, noted.seriesKey, JSON.stringify(noted satisfies NotedMaster));
  }

  private keepEnded({ path, masterId, files, request }: Master, endedMs: number): void {
    const master = { path, endedMs, began: request?.acquired ?? null };
    this.ended.add(master, path, this.rowAt(path), masterId);
    for (const file of files) {
      if (file.path === null || file.path === path || file.attachedId === null) continue;
      this.ended.add(master, file.path, this.rowAt(file.path), file.attachedId);
    }
  }

  private rowAt(path: PathBytes): SourceFile | null {
    return this.context.deps.journal.byPath(this.context.source, path);
  }

  /**
   * Whether the new content of a file is of another acquisition than the dataset whose name it has: that has ended, or experiments were
   * switched since it began. Then it gets no more, and the name is forgotten.
   */
  beginAnew(row: SourceFile): boolean {
    const isOfEnded = this.ended.isMeasuredAgain(row);
    const open = this.names.get(row.path);
    const isOfOpen = open !== undefined && isAnother(this.context, open, row);
    if (isOfOpen) this.supersede(open);
    if (isOfOpen || isOfEnded) this.ended.remove(row.path);
    return isOfOpen || isOfEnded;
  }

  /** Before the first file that is none of it, also where its end is found later. */
  private endsMs(master: Master): number {
    const anewMs = usedAnewMs(this.context, master);
    return anewMs === null ? this.context.deps.now() : anewMs - 1;
  }

  private supersede(master: Master): void {
    master.endedMs = this.endsMs(master);
    this.letGo(master);
    this.keepClosed(master);
    this.note(master);
  }

  /** Measured again in the experiment of its dataset. */
  isRepeated(row: SourceFile): boolean {
    const began = this.ended.masterOf(row.path)?.began;
    if (!began || !this.ended.isMeasuredAgain(row)) return false;
    return switchBefore(this.context.deps.gate, began, this.context.acquiredOf(row)) === null;
  }

  /** Of a file that grew over a switch. */
  isGoingOn(row: SourceFile, acquired: Acquired): boolean {
    const master = this.names.get(row.path);
    return master !== undefined && master.request !== null && isPartAt(this.context, master, acquired);
  }

  /** Stem of the dataset that a file may be part of or not, since experiments were switched and nothing came for a while. */
  perhapsOf(row: SourceFile): string | null {
    const master = this.names.get(row.path);
    const isOwn = master === undefined || master.path === row.path || row.confirmedId !== null;
    if (isOwn || isPartOf(this.context, master, row)) return null;
    return isUsedAnew(this.context, master) ? null : stemOf(master.path);
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
    this.late.stored(path);
    if (!mayBeMaster(path)) return;
    await this.lookInto(path);
    this.context.deps.journal.removeMeta(this.lookKey(path));
  }

  private async lookInto(path: PathBytes): Promise<void> {
    if (this.isKnown(path)) return;
    const row = this.rowAt(path);
    if (row === null || row.confirmedId === null) return;
    const facts = await this.hdf5.master(path);
    if (facts === null || this.isKnown(path)) return;
    const master: Master = {
      kind: 'hdf5-master',
      path,
      seriesKey: randomUUID(),
      masterId: row.confirmedId,
      facts,
      files: linkedFilesOf(path, facts),
      request: null,
      datasetId: null,
      isMasterAttached: false,
      state: 'open',
      endedMs: null,
      lastProgressMs: this.context.deps.now(),
      continuity: null,
    };
    this.late.remove(path);
    this.keepOpen(master);
    this.note(master);
    await this.context.deps.journal.flushed();
  }

  private isKnown(path: PathBytes): boolean {
    return this.masters.has(path) || this.ended.has(path);
  }

  /** Goes on with every master. Never rejects: it is called by a timer. */
  async goOn(): Promise<void> {
    for (const master of [...this.superseded, ...this.late.waiting, ...this.masters.values()]) {
      if (this.signal.aborted) return;
      try {
        if (this.superseded.has(master)) await this.endSuperseded(master);
        else if (this.masters.get(master.path) === master) await this.goOnWith(master);
        else await this.takeLate(master);
      } catch (error) {
        if (!this.signal.aborted) this.context.failed(`The dataset of ${shownPath(master.path)}`, error);
      }
    }
  }

  private async goOnWith(master: Master): Promise<void> {
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
    if (isWhole || this.isOver(master)) await this.end(master, master.datasetId, isWhole);
  }

  /** Null also while the name has what is none of it: of an earlier dataset of this master, or of what was measured after a switch. */
  private rowOf(master: Master, { path, attachedId }: LinkedFile): SourceFile | null {
    const row = path === null ? null : this.rowAt(path);
    const isAsked = row !== null && path !== master.path && attachedId === null;
    if (isAsked && !isPartOf(this.context, master, row)) return null;
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
    file.facts = await this.hdf5.data(file.path!, file.object, master.facts.channels);
    if (file.facts !== null) master.lastProgressMs = this.context.deps.now();
  }

  private isOver({ lastProgressMs }: Master): boolean {
    return this.context.deps.now() - lastProgressMs >= this.context.deps.folder.absentTimeoutMs;
  }

  /** Possible when a data file has told what frames look like. */
  private makeRequest(master: Master): boolean {
    const row = this.rowAt(master.path);
    if (row === null) return false;
    const ofFiles = master.files.map((file) => this.rowOf(master, file)).filter((one) => one !== null);
    const first = [row, ...ofFiles].reduce((a, b) => (b.seenMs < a.seenMs ? b : a));
    master.request = masterRequestOf(master, this.context.source, this.context.acquiredOf(first));
    if (master.request === null) return false;
    master.continuity = null;
    this.note(master);
    return true;
  }

  private async attach(master: Master, datasetId: string): Promise<void> {
    const ready = master.files.flatMap((file, index): AttachedFile[] => {
      const row = this.rowOf(master, file);
      if (!isAwaited(file) || file.facts === null || file.facts.frames === 0) return [];
      if (row === null || row.confirmedId === null) return [];
      const kind = file.path === master.path ? 'master' : 'data';
      const frames = file.isPart ? null : rangeOf(master, index);
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
    const { reports } = this.context.deps;
    const isSuperseded = this.superseded.has(master);
    const end = endOf(
      master,
      isWhole ? 'end-message' : isSuperseded ? 'superseded' : 'timeout',
      this.endsMs(master),
    );
    const lacking = lackingWords(master, (file) => this.rowOf(master, file)?.state === 'confirmed');
    await this.calls.end(stemOf(master.path), datasetId, end, this.signal);
    if (lacking !== null) {
      reports.add({
        level: 'error',
        code: 'data-files-absent',
        message: `${shownPath(master.path)} names data files that its dataset lacks: ${lacking}.`,
      });
    }
    this.close(master);
  }

  /** No more will come: its names are those of another acquisition. */
  private async endSuperseded(master: Master): Promise<void> {
    if (master.datasetId !== null) await this.end(master, master.datasetId, false);
    else this.close(master);
    this.superseded.delete(master);
  }

  /** Files that had not come when their dataset ended, and are stored now. */
  private async takeLate(master: Master): Promise<void> {
    this.late.waiting.delete(master);
    const awaited = master.files.filter(isAwaited);
    if (master.datasetId === null) {
      const isThere = awaited.some((file) => this.rowOf(master, file)?.state === 'confirmed');
      if (isThere) this.reopen(master);
      return;
    }
    try {
      for (const file of awaited) await this.lookAt(master, file);
      await this.attach(master, master.datasetId);
    } catch (error) {
      this.late.waiting.add(master);
      throw error;
    }
    const came = awaited.filter(({ attachedId }) => attachedId !== null);
    if (came.length === 0) return;
    for (const { path, attachedId } of came) {
      const ended = { path: master.path, endedMs: master.endedMs!, began: master.request!.acquired };
      this.ended.add(ended, path!, this.rowAt(path!), attachedId!);
    }
    if (!master.files.some(isAwaited)) this.late.remove(master.path);
    this.context.deps.reports.add({
      level: 'info',
      code: 'data-files-late',
      message: `${shownPath(master.path)}: data files that had not come at its end are part of its dataset now: ${namedBriefly(came.map(({ name }) => name))}.`,
    });
  }

  /** Given up since none of its data files had come. */
  private reopen(master: Master): void {
    this.late.remove(master.path);
    this.ended.remove(master.path);
    master.state = 'open';
    master.endedMs = null;
    master.lastProgressMs = this.context.deps.now();
    this.keepOpen(master);
    this.note(master);
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
    master.endedMs ??= this.endsMs(master);
    this.note(master);
    if (this.superseded.has(master)) return;
    this.letGo(master);
    this.keepClosed(master);
  }
}
