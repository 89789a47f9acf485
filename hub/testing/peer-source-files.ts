import type { SeriesEndRequest } from '#src/shared/contracts/agent-api.ts';
import type {
  AttachFilesRequest,
  FileDatasetOpenRequest,
  FileOrigin,
} from '#src/shared/contracts/agent-files.ts';

/** A file as the store has it, with all contents it ever had, the newest last. */
export interface PeerSourceFile {
  path: string;
  source: string;
  /** As on the agent's machine. */
  sourcePath: string;
  versions: { clientId: string; sha256: string; sizeBytes: number; origin: FileOrigin }[];
}

export interface PeerFileDataset {
  datasetId: string;
  base: string;
  request: FileDatasetOpenRequest;
  attached: AttachFilesRequest['files'];
  end: SeriesEndRequest | null;
}

const sourcePathOf = (origin: FileOrigin) => origin.originalPath ?? origin.relativePath;

/** What the peer's store knows of files of watched folders: names that are free, bytes that are known, rewrites. */
export class PeerSourceFiles {
  readonly stored: PeerSourceFile[] = [];
  readonly datasets = new Map<string, PeerFileDataset>();
  private readonly planned = new Map<
    string,
    { path: string; origin: FileOrigin; replaces: PeerSourceFile | null }
  >();
  private readonly names = new Set<string>();
  private readonly byPath = new Map<string, PeerSourceFile>();

  private bySource({ source }: FileOrigin, sourcePath: string): PeerSourceFile | undefined {
    return this.byPath.get(`${source}\n${sourcePath}`);
  }

  /** Where the upload goes; `known` when the newest content of this file is the same, and this is not another one with these bytes. */
  open(clientId: string, origin: FileOrigin): { path: string; isKnown: boolean } {
    const before = this.bySource(origin, sourcePathOf(origin));
    const newest = before?.versions.at(-1);
    const isWrittenSince = newest && origin.acquired.modifiedAt > newest.origin.acquired.modifiedAt;
    if (before && newest?.sha256 === origin.sha256 && !isWrittenSince) {
      return { path: before.path, isKnown: true };
    }
    const former = origin.replaces === null ? undefined : this.planned.get(origin.replaces);
    const isVersion = before !== undefined && origin.replaces !== null;
    const path = isVersion ? before.path : (former?.path ?? this.freeName(`raw/${origin.relativePath}`));
    this.planned.set(clientId, { path, origin, replaces: isVersion ? before : null });
    return { path, isKnown: false };
  }

  private freeName(wanted: string): string {
    let path = wanted;
    for (let n = 2; this.names.has(path); n++) path = `${wanted}_${n}`;
    this.names.add(path);
    return path;
  }

  complete(clientId: string): void {
    const plan = this.planned.get(clientId);
    if (plan === undefined) return;
    const { origin, path, replaces } = plan;
    const version = { clientId, sha256: origin.sha256, sizeBytes: origin.sizeBytes, origin };
    if (replaces) {
      replaces.versions.push(version);
      return;
    }
    const { source } = origin;
    const file = { path, source, sourcePath: sourcePathOf(origin), versions: [version] };
    this.stored.push(file);
    this.byPath.set(`${file.source}\n${file.sourcePath}`, file);
  }

  openDataset(request: FileDatasetOpenRequest, newId: string) {
    let dataset = [...this.datasets.values()].find(
      ({ request: known }) => known.seriesKey === request.seriesKey,
    );
    if (!dataset) {
      let base = `raw/${request.stem}`;
      const isTaken = () => [...this.datasets.values()].some((other) => other.base === base);
      for (let n = 2; isTaken(); n++) base = `raw/${request.stem}_${n}`;
      dataset = { datasetId: newId, base, request, attached: [], end: null };
      this.datasets.set(newId, dataset);
    }
    const { datasetId, base } = dataset;
    return { datasetId, base, experimentCode: 'DEM26-00000', unassignedReason: null };
  }
}
