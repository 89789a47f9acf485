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

  open(dataset: PeerDataset, agent: string): void {
    const known = this.series.get(dataset.datasetId) ?? { dataset, ends: new Map() };
    if (!known.ends.has(agent)) known.ends.set(agent, null);
    this.series.set(dataset.datasetId, known);
  }

  isShared(datasetId: string): boolean {
    return this.series.has(datasetId);
  }

  /** @param agent the authorization it sends */
  end(
    datasetId: string,
    agent: string,
    end: SeriesEndRequest,
    stored: readonly PeerFile[],
  ): SeriesEndResponse {
    const { dataset, ends } = this.series.get(datasetId)!;
    ends.set(agent, end);
    const all = [...ends.values()];
    if (ends.size < dataset.request.participants! || all.includes(null)) return { state: 'incomplete' };
    dataset.end = { ...end, framesReceived: all.reduce((sum, one) => sum + one!.framesReceived, 0) };
    const own = stored.filter((file) => file.datasetId === datasetId);
    if (own.some(({ kind }) => kind === 'master')) return { state: 'complete' };
    const files = own.flatMap(({ path, complete }) => {
      const [chunks] = complete.chunks;
      const number = Number(/_data_(\d+)\.h5$/.exec(path)?.[1]);
      return chunks ? [{ number, rows: chunks.rows, absent: [] }] : [];
    });
    return { state: 'complete', master: { files } };
  }
}
