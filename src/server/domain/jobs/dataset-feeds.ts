import type { JobFeed } from '../../../shared/contracts/job-run.ts';
import type { TemplateDefinition } from '../../../shared/contracts/job-template.ts';
import type { Queryable } from '../../db/client.ts';
import type { ObjectStore } from '../../storage/object-store.port.ts';
import { readDataset } from './job-input.ts';
import { datasetMark, type RunJob } from './job-lease.repository.ts';
import { followsDataset } from './run-request.ts';

/** Reading takes about this share of the time, but frames that were stored are known soon. */
const READ_SHARE = 0.05;
const PAUSE_MOST_MS = 2000;

interface Fed {
  /** Of the dataset as it was read last. */
  mark: string;
  notBeforeMs: number;
  /** Read, but the tree may not show all of it yet; the oldest first. */
  waiting: { text: string; dueMs: number }[];
}

/**
 * What runs that follow their dataset are to be told: how it is now, whenever it has changed. The whole of it each time, so that a worker that takes
 * over tells the same, and what a killed one did not tell is not missed. What this remembers may be lost at any time: then a run is told once more.
 */
export class DatasetFeeds {
  private readonly store: Pick<ObjectStore, 'treeDelayMs'>;
  private readonly templates: readonly TemplateDefinition[];
  private readonly clockMs: () => number;
  private readonly fed = new Map<string, Fed>();

  /** @param clockMs milliseconds that only go forward */
  constructor(
    store: Pick<ObjectStore, 'treeDelayMs'>,
    templates: readonly TemplateDefinition[],
    clockMs: () => number = () => performance.now(),
  ) {
    this.store = store;
    this.templates = templates;
    this.clockMs = clockMs;
  }

  /** Whether any run follows a dataset: people wait for what it makes of each frame. */
  get isBusy(): boolean {
    return this.fed.size > 0;
  }

  /** What a run is to be told now; null: nothing. To be asked at every look at one that goes on. */
  async next(q: Queryable, run: RunJob, runRef: string): Promise<string | null> {
    if (!followsDataset(run, this.templates)) return null;
    const beginMs = this.clockMs();
    const fed = this.fed.get(runRef) ?? { mark: '', notBeforeMs: 0, waiting: [] };
    this.fed.set(runRef, fed);
    if (beginMs >= fed.notBeforeMs) {
      await this.read(q, run, fed);
      const nowMs = this.clockMs();
      fed.notBeforeMs = nowMs + Math.min(PAUSE_MOST_MS, (nowMs - beginMs) / READ_SHARE);
    }
    const nowMs = this.clockMs();
    const due = fed.waiting.filter(({ dueMs }) => dueMs <= nowMs).at(-1);
    fed.waiting = fed.waiting.filter(({ dueMs }) => dueMs > nowMs);
    return due?.text ?? null;
  }

  /** Call when the run is over, or what `next` said could not be told. */
  forget(runRef: string): void {
    this.fed.delete(runRef);
  }

  /** Forgets all runs but these: others look after them now. */
  keepOnly(runRefs: ReadonlySet<string>): void {
    for (const runRef of this.fed.keys()) if (!runRefs.has(runRef)) this.fed.delete(runRef);
  }

  private async read(q: Queryable, run: RunJob, fed: Fed): Promise<void> {
    const { datasetId, experimentId } = run.job;
    // The mark first: what changes between the two reads is read again, and nothing is taken for told that was not read.
    const found = datasetId === null ? null : await datasetMark(q, datasetId);
    const isThere = found !== null && found.experimentId === experimentId;
    const mark = isThere ? found.mark : 'elsewhere';
    if (mark === fed.mark) return;
    const feed: JobFeed = { dataset: isThere ? await readDataset(q, datasetId!) : null };
    fed.waiting.push({ text: JSON.stringify(feed), dueMs: this.clockMs() + this.store.treeDelayMs });
    fed.mark = mark;
  }
}
