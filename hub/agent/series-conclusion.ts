import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { START_FILE } from '../stream/series-assembler.ts';
import type { SeriesTransfer, TransferDeps, TransferFile } from './series-transfer.ts';
import { removeSpoolFolder } from './spool.ts';

const LOCAL_RETRY_MS = 5000;

/** What follows the end of a series: the rest of its files, the master, the word to the server, the spool given free. */
export class SeriesConclusion {
  private readonly series: SeriesTransfer;
  private readonly deps: TransferDeps;

  constructor(series: SeriesTransfer, deps: TransferDeps) {
    this.series = series;
    this.deps = deps;
  }

  /** After the end: data files, then the master, then the word to the server, then the spool. */
  async run(makeMaster: () => TransferFile): Promise<void> {
    const { series } = this;
    const { row } = series;
    const { datasetId, base } = await series.whenEnded();
    for (const { done } of series.files.values()) await done;
    await this.storeMaster(base, makeMaster);
    const { seriesId } = row.openRequest!;
    await series.untilAccepted(`The end of series ${seriesId}`, () =>
      this.deps.client.endSeries(datasetId, {
        endedAt: row.endedAt ?? new Date(this.deps.now()).toISOString(),
        ending: row.ending ?? 'agent-restart',
        framesReceived: row.framesReceived,
        missing: row.missing,
        lost: row.lost,
      }),
    );
    this.deps.journal.closeSeries(row.seriesKey);
    await this.deps.journal.written(this.deps.signal);
    removeSpoolFolder(row.dir);
    series.log(
      'series-done',
      `Series ${seriesId} is stored as ${base}: ${row.framesReceived} frames, ${row.ending}`,
    );
  }

  private async storeMaster(base: string, makeMaster: () => TransferFile): Promise<void> {
    const hasData = [...this.series.files.values()].some(({ row }) => row.kind === 'data');
    const known = this.series.files.get(0);
    if (!hasData || known?.row.state === 'confirmed') return;
    if (known?.row.state === 'settled') {
      await known.done;
      return;
    }
    const master = known ?? makeMaster();
    this.series.files.set(0, master);
    if (!(await this.writeMaster(base, master))) return;
    await this.series.uploadFile(master);
  }

  /** False when there can be no master; why was told. */
  private async writeMaster(base: string, { row, growing }: TransferFile): Promise<boolean> {
    const files = [...this.series.files.values()]
      .map((file) => file.row)
      .filter(({ kind }) => kind === 'data');
    const order = {
      startPath: path.join(this.series.row.dir, START_FILE),
      masterPath: row.localPath,
      series: { ...this.series.row, openRequest: this.series.row.openRequest!, base },
      files,
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
