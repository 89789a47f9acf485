import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SeriesEndResponse } from '#src/shared/contracts/agent-api.ts';
import { START_FILE } from '../stream/start-file.ts';
import type { MasterFile } from './series-master.ts';
import type { SeriesTransfer, TransferDeps, TransferFile } from './series-transfer.ts';

const LOCAL_RETRY_MS = 5000;
/** While another agent of the series is to write the master, or has not ended its part. */
const ASK_AGAIN_MS = 10_000;

/** What follows the end of a series: the rest of its files, the master, the word to the server, the spool given free. */
export class SeriesConclusion {
  private readonly series: SeriesTransfer;
  private readonly deps: TransferDeps;

  constructor(series: SeriesTransfer, deps: TransferDeps) {
    this.series = series;
    this.deps = deps;
  }

  /**
   * After the end: data files, then the master, then the word to the server, then the spool. Of a series that several agents share, the
   * server tells one of them, after the last end, to write the master over the files of all; the others keep its start until there is
   * one, since that one may fall silent.
   */
  async run(makeMaster: () => TransferFile): Promise<void> {
    const { series } = this;
    const { row } = series;
    const { datasetId, base } = await series.whenEnded();
    for (const { done } of series.files.values()) await done;
    const { seriesId, participants = 1 } = row.openRequest!;
    if (participants === 1) {
      const own = [...series.files.values()].map((file) => file.row);
      await this.storeMaster(base, makeMaster, own, row.framesReceived);
    }
    const master = await this.masterDuty(datasetId);
    if (master) {
      await this.storeMaster(base, makeMaster, this.rowsOf(master.files), framesIn(master.files));
      await this.tellEnd(datasetId);
    }
    this.deps.journal.closeSeries(row.seriesKey);
    await this.deps.journal.written(this.deps.signal);
    this.deps.places.removeSeries(row);
    series.log(
      'series-done',
      `Series ${seriesId} is stored as ${base}: ${row.framesReceived} frames, ${row.ending}`,
    );
  }

  /** Tells the end until it is known who writes the master. */
  private async masterDuty(datasetId: string): Promise<SeriesEndResponse['master']> {
    for (;;) {
      const { master, awaitsMaster } = await this.tellEnd(datasetId);
      this.series.awaitsOthers = awaitsMaster ?? false;
      if (!awaitsMaster) return master;
      await sleep(ASK_AGAIN_MS, undefined, { signal: this.series.signal });
    }
  }

  private tellEnd(datasetId: string): Promise<SeriesEndResponse> {
    const { row } = this.series;
    return this.series.untilAccepted(`The end of series ${row.openRequest!.seriesId}`, () =>
      this.deps.client.endSeries(datasetId, {
        endedAt: row.endedAt ?? new Date(this.deps.now()).toISOString(),
        ending: row.ending ?? 'agent-restart',
        framesReceived: row.framesReceived,
        missing: row.missing,
        lost: row.lost,
      }),
    );
  }

  /** Data files of all agents as the master names them; our own may have a name that the server gave. */
  private rowsOf(files: SharedFiles): MasterFile[] {
    return files.map(({ number, rows }) => {
      const finalPath = this.series.files.get(number)?.row.finalPath ?? null;
      return { kind: 'data', number, rows, finalPath };
    });
  }

  private async storeMaster(
    base: string,
    makeMaster: () => TransferFile,
    files: readonly MasterFile[],
    imagesReceived: number,
  ): Promise<void> {
    const data = files.filter(({ kind }) => kind === 'data');
    const known = this.series.files.get(0);
    if (data.length === 0 || known?.row.state === 'confirmed') return;
    if (known?.row.state === 'settled') {
      await known.done;
      return;
    }
    const master = known ?? makeMaster();
    this.series.files.set(0, master);
    if (!(await this.writeMaster(base, master, data, imagesReceived))) return;
    await this.series.uploadFile(master);
  }

  /** False when there can be no master; why was told. */
  private async writeMaster(
    base: string,
    { row, growing }: TransferFile,
    files: readonly MasterFile[],
    framesReceived: number,
  ): Promise<boolean> {
    const { openRequest } = this.series.row;
    const order = {
      startPath: path.join(this.series.row.dir, START_FILE),
      masterPath: row.localPath,
      series: { ...this.series.row, framesReceived, openRequest: openRequest!, base },
      files: files.map(({ kind, number, rows, finalPath }) => ({ kind, number, rows, finalPath })),
    };
    for (;;) {
      const answer = await this.deps.thread.writeMaster(order);
      if ('retry' in answer) {
        this.series.report('error', 'master-file', `The master file of ${base} waits: ${answer.retry}.`);
        this.deps.pool.clear();
        await sleep(LOCAL_RETRY_MS, undefined, { signal: this.deps.signal });
        continue;
      }
      for (const problem of answer.problems)
        this.series.report('error', 'master-file', `${base}: ${problem}`);
      if (answer.master === null) return false;
      const { sizeBytes, masks } = answer.master;
      const settledAt = new Date(this.deps.now()).toISOString();
      Object.assign(row, { sizeBytes, masks, settledAt, state: 'settled' });
      this.deps.journal.setFileSettled(row);
      // A master made anew by the next process would differ from one that the store has already.
      await this.deps.journal.written(this.deps.signal);
      this.deps.budget.add(sizeBytes);
      this.deps.budget.settle(sizeBytes);
      growing.settle(sizeBytes);
      return true;
    }
  }
}

type SharedFiles = NonNullable<NonNullable<SeriesEndResponse['master']>['files']>;

const framesIn = (files: SharedFiles): number =>
  files.reduce(
    (sum, { rows, absent }) =>
      sum + rows - absent.reduce((gone, [first, last]) => gone + last - first + 1, 0),
    0,
  );
