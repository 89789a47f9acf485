import type {
  SeriesEndRequest,
  SeriesOpenRequest,
  UploadCompleteRequest,
} from '#src/shared/contracts/agent-api.ts';

/* What the peer remembers of data that were stored. */

export interface PeerDataset {
  datasetId: string;
  base: string;
  request: SeriesOpenRequest;
  end: SeriesEndRequest | null;
}

export interface PeerFile {
  path: string;
  kind: string;
  datasetId: string | null;
  complete: UploadCompleteRequest;
}
