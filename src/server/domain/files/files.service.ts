import { createHash } from 'node:crypto';
import { AppError } from '../../../shared/errors/app-error.ts';
import { REPORT_BYTES, reportType } from '../../../shared/model/shown-report.ts';
import { assertStorePath, splitStorePath } from '../../../shared/model/store-path.ts';
import { isUuid } from '../../../shared/model/uuid.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import type { ObjectStore, SignedUrl } from '../../storage/object-store.port.ts';
import { roomForResults } from '../accounting/storage.ts';
import type { ServiceContext } from '../context.ts';
import { requireData, requireDataset } from '../datasets/dataset.policy.ts';
import { requireExperiment } from '../experiments/experiment.policy.ts';
import { createArchives } from './archives.ts';
import { type MoveInput, makeFolder, moveFiles, removeEmptyFolder } from './change-files.ts';
import { createDeletions } from './deletions.ts';
import {
  type FileRow,
  findFile,
  findFilesAt,
  findFileVersion,
  insertFile,
  listFilesOfDataset,
  lockFileAt,
  replaceFile,
} from './file.repository.ts';
import { createFolderLists } from './folder-list.ts';
import { createLentKeys } from './lent-keys.ts';
import { placeFiles } from './place-files.ts';

export type { FileEntry, FolderEntry } from './folder-list.ts';

export type FileDetail = Pick<
  FileRow,
  | 'id'
  | 'experimentId'
  | 'instrumentId'
  | 'datasetId'
  | 'kind'
  | 'path'
  | 'name'
  | 'sizeBytes'
  | 'sha256'
  | 'sourceCreatedAt'
  | 'sourceSettledAt'
  | 'firstByteAt'
  | 'storedAt'
  | 'committedAt'
>;

/** A file, and a short-lived address of its bytes. */
export type SignedFile = SignedUrl & { file: FileRow };

/** Files as people see them: folders, facts, addresses for the bytes, proof that they are whole. */
export function createFilesService({ db, store }: { db: Database; store: ObjectStore }) {
  async function requireFile(
    ctx: ServiceContext,
    fileId: string,
    action: 'experiment.view' | 'file.download',
  ): Promise<FileRow> {
    const row = isUuid(fileId) ? await findFile(db, fileId) : null;
    return requireData(db, ctx, 'file', row, action);
  }

  /** The result under the path, held until the transaction ends, or null. Throws CONFLICT when a file is there that no job wrote. */
  async function lockResultAt(tx: Transaction, experimentId: string, path: string): Promise<FileRow | null> {
    const row = await lockFileAt(tx, experimentId, path);
    if (row && row.kind !== 'result') throw new AppError('CONFLICT', `${path} is no result of a job.`);
    return row;
  }

  async function signAudited(ctx: ServiceContext, rows: readonly FileRow[]): Promise<SignedFile[]> {
    const signed = await Promise.all(
      rows.map(async (file) => {
        const { storeKey, name, version } = file;
        return { file, ...(await store.signGet(storeKey, { download: name, version })) };
      }),
    );
    const entries = rows.map(({ id, experimentId, path }) => ({
      ...{ action: 'file.download', entityKind: 'file', entityId: id },
      ...{ experimentId, detail: { path } },
    }));
    await recordAudit(db, ctx, ...entries);
    return signed;
  }

  return {
    ...createFolderLists({ db }),
    ...createArchives({ db, store }),
    ...createLentKeys({ db, store }),

    makeFolder: (ctx: ServiceContext, input: { experimentId: string; path: string }) =>
      makeFolder(db, ctx, input),
    moveFiles: (ctx: ServiceContext, input: MoveInput) => moveFiles(db, ctx, input),
    placeFiles: (ctx: ServiceContext) => placeFiles({ db, store }, ctx),
    removeEmptyFolder: (ctx: ServiceContext, input: { experimentId: string; path: string }) =>
      removeEmptyFolder(db, ctx, input),

    ...createDeletions({ db, store }),

    async getFile(ctx: ServiceContext, input: { fileId: string }): Promise<FileDetail> {
      const {
        agentId: _agent,
        storeKey: _key,
        parent: _parent,
        changedTxid: _changed,
        ...detail
      } = await requireFile(ctx, input.fileId, 'experiment.view');
      return detail;
    },

    /** The files a listing folds into one dataset, by path; at most 2000. */
    async filesOfDataset(
      ctx: ServiceContext,
      input: { datasetId: string },
    ): Promise<Pick<FileRow, 'id' | 'kind' | 'path' | 'name' | 'sizeBytes' | 'committedAt'>[]> {
      await requireDataset(db, ctx, input.datasetId, 'experiment.view');
      const rows = await listFilesOfDataset(db, input.datasetId, 2000);
      return rows.map(({ id, kind, path, name, sizeBytes, committedAt }) => ({
        id,
        kind,
        path,
        name,
        sizeBytes,
        committedAt,
      }));
    },

    /** A short-lived address that downloads the file under its own name. Every one is audited. */
    async signDownload(
      ctx: ServiceContext,
      input: { fileId: string },
    ): Promise<{ url: string; expiresAt: Date }> {
      const row = await requireFile(ctx, input.fileId, 'file.download');
      const [signed] = await signAudited(ctx, [row]);
      return signed!;
    },

    /** The same for what the file held before it was rewritten, under its name with the version. Audited. */
    async signVersion(
      ctx: ServiceContext,
      input: { fileId: string; version: number },
    ): Promise<{ url: string; expiresAt: Date }> {
      const row = await requireFile(ctx, input.fileId, 'file.download');
      const former = await findFileVersion(db, row.id, input.version);
      if (!former) throw new AppError('NOT_FOUND', `No former content of version ${input.version} is kept.`);
      const download = row.name.replace(/(\.[^.]*)?$/, `.v${former.version}$1`);
      const signed = await store.signGet(former.storeKey, { download });
      await recordAudit(db, ctx, {
        ...{ action: 'file.download', entityKind: 'file', entityId: row.id, experimentId: row.experimentId },
        detail: { path: row.path, version: former.version },
      });
      return signed;
    },

    /** The same for files of one experiment by their paths; those that are not there have none. Each is audited. */
    async signDownloads(
      ctx: ServiceContext,
      input: { experimentId: string; paths: readonly string[] },
    ): Promise<SignedFile[]> {
      const { id } = await requireExperiment(db, ctx, input.experimentId, 'file.download');
      // PostgreSQL keeps no U+0000, so no path has one.
      const paths = input.paths.filter((path) => !path.includes('\0'));
      return signAudited(ctx, await findFilesAt(db, id, paths));
    },

    /** An address that shows the file in place (an image, a text, a range for the viewer): for the pages of the app. */
    async signView(
      ctx: ServiceContext,
      input: { fileId: string },
    ): Promise<{ url: string; expiresAt: Date }> {
      const row = await requireFile(ctx, input.fileId, 'experiment.view');
      return store.signGet(row.storeKey, { version: row.version });
    },

    /** The same by where the file lies, with its size: for files that others link to by their names. Null: there is none. */
    async signViewAt(
      ctx: ServiceContext,
      input: { experimentId: string; path: string },
    ): Promise<{ fileId: string; sizeBytes: number; url: string; expiresAt: Date } | null> {
      const { id } = await requireExperiment(db, ctx, input.experimentId, 'experiment.view');
      // PostgreSQL keeps no U+0000, so no path has one.
      const [row] = input.path.includes('\0') ? [] : await findFilesAt(db, id, [input.path]);
      if (!row) return null;
      const signed = await store.signGet(row.storeKey, { version: row.version });
      return { fileId: row.id, sizeBytes: row.sizeBytes, ...signed };
    },

    /** A report (HTML, PDF) as it is shown in the app. NOT_FOUND for everything else, TOO_LARGE beyond `REPORT_BYTES`. */
    async showReport(
      ctx: ServiceContext,
      input: { fileId: string },
    ): Promise<{ contentType: string; bytes: Uint8Array }> {
      const row = await requireFile(ctx, input.fileId, 'experiment.view');
      const contentType = reportType(row.name);
      if (contentType === null) throw new AppError('NOT_FOUND', 'This file is no report.');
      if (row.sizeBytes > REPORT_BYTES)
        throw new AppError('TOO_LARGE', 'The report is too large to be shown.');
      return { contentType, bytes: await store.readRange(row.storeKey, 0, row.sizeBytes) };
    },

    /** Reads the whole file from the store again and compares its SHA-256 with the one computed at the source. */
    async verifyFile(
      ctx: ServiceContext,
      input: { fileId: string },
    ): Promise<{ ok: boolean; sha256: string | null; expectedSha256: string; sizeBytes: number }> {
      const row = await requireFile(ctx, input.fileId, 'experiment.view');
      const hash = createHash('sha256');
      let sizeBytes = 0;
      let found = true;
      try {
        for await (const piece of store.read(row.storeKey)) {
          hash.update(piece);
          sizeBytes += piece.length;
        }
      } catch (error) {
        if (!(error instanceof AppError && error.code === 'NOT_FOUND')) throw error;
        found = false;
      }
      const sha256 = found ? hash.digest('hex') : null;
      const ok = sha256 === row.sha256 && sizeBytes === row.sizeBytes;
      await recordAudit(db, ctx, {
        action: 'file.verify',
        entityKind: 'file',
        entityId: row.id,
        experimentId: row.experimentId,
        detail: { ok, sha256, expectedSha256: row.sha256, sizeBytes },
      });
      return { ok, sha256, expectedSha256: row.sha256, sizeBytes };
    },

    /**
     * Stores a result of a job under its path in the experiment and records it. A result of the same path is replaced. NOT_COVERED when the
     * hot storage of the facility is full. For the system only.
     */
    async storeResult(
      ctx: ServiceContext,
      input: {
        experimentId: string;
        datasetId: string | null;
        path: string;
        body: Uint8Array | AsyncIterable<Uint8Array>;
      },
    ): Promise<{ fileId: string; sizeBytes: number; sha256: string }> {
      if (ctx.principal.kind !== 'system') throw new AppError('NOT_ALLOWED');
      assertStorePath(input.path);
      // Raw data are never written by a job, whatever it calls its files.
      if (input.path.startsWith('raw/')) throw new AppError('BAD_INPUT', 'Results do not belong into raw.');
      const experiment = await requireExperiment(db, ctx, input.experimentId, 'file.upload');
      const full = await roomForResults(db, ctx, experiment.facilityId);
      if (full) throw full;
      // Before a byte is written, for it would replace a file of that path; and again below, where nobody can come between.
      await db.transaction((tx) => lockResultAt(tx, experiment.id, input.path));
      const storeKey = `${experiment.code}/${input.path}`;
      const { sizeBytes, sha256 } = await store.put(storeKey, input.body);
      const storedAt = ctx.now();
      return db.transaction(async (tx) => {
        const before = await lockResultAt(tx, experiment.id, input.path);
        const fileId = before?.id ?? ctx.newId();
        const committedAt = ctx.now();
        if (before) {
          await replaceFile(tx, fileId, { sizeBytes, sha256, storedAt, committedAt });
        } else {
          await insertFile(tx, {
            id: fileId,
            instrumentId: experiment.instrumentId,
            experimentId: experiment.id,
            datasetId: input.datasetId,
            kind: 'result',
            path: input.path,
            ...splitStorePath(input.path),
            storeKey,
            sizeBytes,
            sha256,
            storedAt,
            committedAt,
          });
        }
        await recordAudit(tx, ctx, {
          action: 'file.commit',
          entityKind: 'file',
          entityId: fileId,
          experimentId: experiment.id,
          detail: { path: input.path, sizeBytes, sha256 },
        });
        await publish(tx, ctx, {
          topics: [`experiment:${experiment.id}`],
          kind: 'file.committed',
          data: {
            fileId,
            path: input.path,
            sizeBytes,
            datasetId: input.datasetId,
            storedAt: storedAt.toISOString(),
            committedAt: committedAt.toISOString(),
          },
        });
        return { fileId, sizeBytes, sha256 };
      });
    },
  };
}

export type FilesService = ReturnType<typeof createFilesService>;
