import type {
  SeriesEndRequest,
  SeriesEndResponse,
  SeriesOpenRequest,
} from '#src/shared/contracts/agent-api.ts';
import type { PeerDataset, PeerFile } from './peer-records.ts';

export interface PeerPreview {
  datasetId: string;
  frame: number;
  kept: boolean;
  png: Buffer;
}

/** Whether a request means a series that is known: asked again, or by another agent that receives a part of it. */
export function isOf(known: SeriesOpenRequest, asked: SeriesOpenRequest): boolean {
  const shared = (asked.participants ?? 1) > 1 && known.seriesUniqueId === asked.seriesUniqueId;
  return shared || known.seriesKey === asked.seriesKey;
}

/** The peer's side of series that several agents share: the last that ends writes the master. Also keeps previews. */
export class PeerSharedSeries {
  readonly previews: PeerPreview[] = [];
  private readonly series = new Map<
    string,
    { dataset: PeerDataset; ends: Map<string, SeriesEndRequest | null> }
  >();
  private readonly silent = new Set<string>();

  open(dataset: PeerDataset, agent: string): void {
    const known = this.series.get(dataset.datasetId) ?? { dataset, ends: new Map() };
    if (!known.ends.has(agent)) known.ends.set(agent, null);
    this.series.set(dataset.datasetId, known);
  }

  /** Parts whose end was told. */
  get ended(): number {
    const all = [...this.series.values()].flatMap(({ ends }) => [...ends.values()]);
    return all.filter((end) => end !== null).length;
  }

  isShared(datasetId: string): boolean {
    return this.series.has(datasetId);
  }

  /** Nobody waits for this agent any more, as after the sweep of the real server. @param agent the authorization it sends */
  fallSilent(agent: string): void {
    this.silent.add(agent);
  }

  /** @param agent the authorization it sends */
  end(
    datasetId: string,
    agent: string,
    end: SeriesEndRequest,
    stored: readonly PeerFile[],
  ): SeriesEndResponse {
    const { dataset, ends } = this.series.get(datasetId)!;
    if (ends.get(agent) === null) {
      // The order of telling is that of the map.
      ends.delete(agent);
      ends.set(agent, end);
    }
    const told = [...ends].filter(([, one]) => one !== null);
    const awaited = [...ends].filter(([name, one]) => one === null && !this.silent.has(name));
    if (ends.size < dataset.request.participants! || awaited.length > 0)
      return { state: 'incomplete', awaitsMaster: true };
    dataset.end = { ...end, framesReceived: told.reduce((sum, [, one]) => sum + one!.framesReceived, 0) };
    const own = stored.filter((file) => file.datasetId === datasetId);
    if (own.some(({ kind }) => kind === 'master')) return { state: 'complete' };
    if (told.findLast(([name]) => !this.silent.has(name))?.[0] !== agent)
      return { state: 'complete', awaitsMaster: true };
    const files = own.flatMap(({ path, complete }) => {
      const [chunks] = complete.chunks;
      const number = Number(/_data_(\d+)\.h5$/.exec(path)?.[1]);
      return chunks ? [{ number, rows: chunks.rows, absent: [] }] : [];
    });
    return { state: 'complete', master: { files } };
  }
}
