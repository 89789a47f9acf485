import type {
  SeriesEndRequest,
  SeriesOpenRequest,
  SignPartsRequest,
  UploadCompleteRequest,
  UploadOpenRequest,
  UploadsCompleteRequest,
} from '../../../shared/contracts/agent-api.ts';
import type { AttachFilesRequest, FileDatasetOpenRequest } from '../../../shared/contracts/agent-files.ts';
import type { ServiceContext } from '../context.ts';
import { abortStaleUploads } from './abort-upload.ts';
import { attachFiles } from './attach-files.ts';
import { completeUpload, completeUploads } from './complete-upload.ts';
import { endSeries } from './end-series.ts';
import { locateFrames, locateStored } from './locate-stored.ts';
import { openFileDataset } from './open-file-dataset.ts';
import { openSeries } from './open-series.ts';
import { openUploads } from './open-uploads.ts';
import {
  cancelPersonUpload,
  checkNames,
  completePersonUpload,
  openPersonUpload,
  type PersonFile,
  type SentWhole,
  signPersonParts,
} from './person-uploads.ts';
import { endSilentParts } from './silent-parts.ts';
import { storePreview } from './store-preview.ts';
import { getUpload, type IngestDeps, signParts } from './uploads.ts';

/**
 * What agents do: open a series, upload its files, end it. Every call may be repeated; see `shared/contracts/agent-api.ts`. And what people put into
 * an experiment with a browser (`person-uploads.ts`).
 */
export function createIngestService(deps: IngestDeps) {
  return {
    openSeries: (ctx: ServiceContext, input: SeriesOpenRequest) => openSeries(deps.db, ctx, input),
    endSeries: (ctx: ServiceContext, input: SeriesEndRequest & { datasetId: string }) =>
      endSeries(deps.db, ctx, input),
    openUploads: (ctx: ServiceContext, input: UploadOpenRequest) => openUploads(deps, ctx, input),
    signParts: (ctx: ServiceContext, input: SignPartsRequest & { uploadId: string }) =>
      signParts(deps, ctx, input),
    getUpload: (ctx: ServiceContext, input: { uploadId: string }) => getUpload(deps, ctx, input),
    completeUpload: (ctx: ServiceContext, input: UploadCompleteRequest & { uploadId: string }) =>
      completeUpload(deps, ctx, input),
    completeUploads: (ctx: ServiceContext, input: UploadsCompleteRequest) =>
      completeUploads(deps, ctx, input),
    abortStaleUploads: (ctx: ServiceContext, input: { before: Date; limit: number }) =>
      abortStaleUploads(deps, ctx, input),
    openFileDataset: (ctx: ServiceContext, input: FileDatasetOpenRequest) =>
      openFileDataset(deps.db, ctx, input),
    attachFiles: (ctx: ServiceContext, input: AttachFilesRequest & { datasetId: string }) =>
      attachFiles(deps, ctx, input),
    storePreview: (
      ctx: ServiceContext,
      input: { datasetId: string; frame: number; kept: boolean; png: Uint8Array },
    ) => storePreview(deps, ctx, input),
    locateStored: (ctx: ServiceContext, input: { limit: number }) => locateStored(deps, ctx, input),
    locateFrames: (ctx: ServiceContext, input: { datasetId: string }) => locateFrames(deps, ctx, input),
    checkNames: (ctx: ServiceContext, input: { experimentId: string; paths: readonly string[] }) =>
      checkNames(deps, ctx, input),
    openPersonUpload: (ctx: ServiceContext, input: PersonFile) => openPersonUpload(deps, ctx, input),
    signPersonParts: (ctx: ServiceContext, input: { uploadId: string; partNumbers: readonly number[] }) =>
      signPersonParts(deps, ctx, input),
    completePersonUpload: (ctx: ServiceContext, input: SentWhole) => completePersonUpload(deps, ctx, input),
    cancelPersonUpload: (ctx: ServiceContext, input: { uploadId: string }) =>
      cancelPersonUpload(deps, ctx, input),
    endSilentParts: (ctx: ServiceContext, input: { before: Date; limit: number }) =>
      endSilentParts(deps.db, ctx, input),
  };
}

export type IngestService = ReturnType<typeof createIngestService>;
