import type { FileHandle } from 'node:fs/promises';
import type {
  ChunkTable,
  FrameValues,
  MaskLocation,
  StoredPart,
  UploadCompleteResponse,
} from '#src/shared/contracts/agent-api.ts';
import type { FileOrigin } from '#src/shared/contracts/agent-files.ts';
import type { GrowingFile } from './growing-file.ts';
import type { ServerRefused } from './server-client.ts';
import type { UploadUrgency } from './slots.ts';
import type { AcquiredMoment } from './upload-gate.ts';

/** What the uploader notes of a file, so that the next process goes on there. */
export interface UploadJournal {
  setUploadOpened(clientId: string, uploadId: string, finalPath: string): void;
  /** The store no longer knows the upload; neither its id nor its parts count. */
  forgetUpload(clientId: string): void;
  putPart(clientId: string, part: StoredPart): void;
  dropPart(clientId: string, partNumber: number): void;
  setFirstPartAt(clientId: string, at: string): void;
  setSha256(clientId: string, sha256: string): void;
}

export interface UploadOrder {
  file: GrowingFile;
  kind: 'data' | 'master' | 'other';
  datasetId: string | null;
  /** Experiment-relative path wanted; of a file with `origin` only for people. */
  path: string;
  /** Of a file that another program wrote; null for files of a stream. */
  origin: FileOrigin | null;
  /** Decides with the gate whether it may be sent now. */
  acquired: AcquiredMoment | null;
  /** Asked whenever one of several files is chosen: a file grows older while it waits. */
  urgency: () => UploadUrgency;
  journal: UploadJournal;
  /** Ends this order alone; `upload` rejects with its reason. */
  signal?: AbortSignal;
  /** The file as its owner has opened it, and closes it when `upload` has ended; without it `upload` opens the file itself. */
  opened?: FileHandle;
  /** Whether the file is still the one that was hashed; asked before the completion. */
  stillSame?: () => Promise<boolean>;
  /** Brings the file to the disk of this machine: one that is completed must not come out of a loss of power with other bytes. */
  outlive?: () => Promise<void>;
  /** Whether a refusal ends this order (`upload` rejects with it) in place of being asked again and again. */
  refused?: (error: ServerRefused) => boolean;
  /** Known from a former process. */
  uploadId: string | null;
  sha256: string | null;
  firstPartAt: string | null;
  /** Asked when the file is settled. */
  facts: () => UploadFacts;
}

export interface UploadFacts {
  createdAt: string;
  settledAt: string;
  chunks: ChunkTable[];
  masks: MaskLocation[];
  frameValues?: FrameValues[];
}

/** Whose a file without dataset is. */
interface UploadPlace {
  path: string;
  experimentCode: string | null;
  unassignedReason: string | null;
}

export type UploadResult =
  /** These bytes of this source are stored since long; nothing was sent. */
  ({ known: true } & UploadPlace) | ({ known: false } & UploadPlace & UploadCompleteResponse);

/** The file changed or became shorter while it was sent: what was sent of it is of no use. */
export class SourceChanged extends Error {
  override readonly name = 'SourceChanged';
}
