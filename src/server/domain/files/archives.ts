import { AppError } from '../../../shared/errors/app-error.ts';
import { isUuid } from '../../../shared/model/uuid.ts';
import type { Database } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ObjectStore } from '../../storage/object-store.port.ts';
import type { ServiceContext } from '../context.ts';
import { requireExperiment } from '../experiments/experiment.policy.ts';
import {
  listSelection,
  measureSelection,
  type SelectedFile,
  type Selection,
} from './selection.repository.ts';
import { zipLength, zipStream } from './zip-stream.ts';

export type { Selection } from './selection.repository.ts';

/** Of one archive, whose directory is held in memory until its end. */
export const ARCHIVE_FILES = 100_000;
/** Of one list of addresses, each of which is signed by itself. */
export const LINKED_FILES = 10_000;
/** A list of addresses is worked through by a program, which may take its time. */
const LINK_S = 24 * 3600;

export interface Archive {
  /** As the browser is to call it. */
  fileName: string;
  sizeBytes: number;
  pieces: AsyncIterable<Uint8Array>;
}

function counted(rows: SelectedFile[], most: number): SelectedFile[] {
  if (rows.length === 0) throw new AppError('NOT_FOUND', 'There is no file in this selection any more.');
  if (rows.length <= most) return rows;
  throw new AppError(
    'BAD_INPUT',
    `The selection has more than ${most.toLocaleString('en')} files. Choose fewer, or bring them home with beamdeck-sync pull.`,
  );
}

/** Files of an experiment on their way to somebody's own disk, many at once. */
export function createArchives({ db, store }: { db: Database; store: ObjectStore }) {
  async function ask(
    ctx: ServiceContext,
    input: { experimentId: string } & Selection,
    action: 'measure' | 'take',
  ) {
    const { experimentId, folders, datasetIds, fileIds } = input;
    const experiment = await requireExperiment(
      db,
      ctx,
      experimentId,
      action === 'measure' ? 'experiment.view' : 'file.download',
    );
    const selection: Selection = {
      folders: folders.filter((folder) => !folder.includes('\0')),
      datasetIds: datasetIds.filter(isUuid),
      fileIds: fileIds.filter(isUuid),
    };
    return { experiment, selection };
  }

  /** One row for the whole of it: who took what, and how much that was. */
  async function audit(
    ctx: ServiceContext,
    experimentId: string,
    selection: Selection,
    rows: readonly SelectedFile[],
    as: 'zip' | 'links',
  ) {
    await recordAudit(db, ctx, {
      ...{ action: 'file.downloadMany', entityKind: 'experiment', entityId: experimentId, experimentId },
      detail: {
        ...{ as, files: rows.length, sizeBytes: rows.reduce((sum, row) => sum + row.sizeBytes, 0) },
        ...{ folders: selection.folders, datasetIds: selection.datasetIds, fileIds: selection.fileIds },
      },
    });
  }

  return {
    /** How many files a selection is, and how large. */
    async measureSelection(ctx: ServiceContext, input: { experimentId: string } & Selection) {
      const { experiment, selection } = await ask(ctx, input, 'measure');
      return measureSelection(db, experiment.id, selection);
    },

    /** A zip of the selection under the experiment's code, read from the store as it is taken. Audited. */
    async openArchive(ctx: ServiceContext, input: { experimentId: string } & Selection): Promise<Archive> {
      const { experiment, selection } = await ask(ctx, input, 'take');
      const found = await listSelection(db, experiment.id, selection, ARCHIVE_FILES + 1);
      const rows = counted(found, ARCHIVE_FILES);
      await audit(ctx, experiment.id, selection, rows, 'zip');
      const entries = rows.map(({ path, storeKey, sizeBytes, at }) => ({
        ...{ name: `${experiment.code}/${path}`, storeKey, sizeBytes, changedAt: new Date(at) },
      }));
      return {
        fileName: `${experiment.code}.zip`,
        sizeBytes: zipLength(entries),
        pieces: zipStream(entries, ({ storeKey }) => store.read(storeKey)),
      };
    },

    /**
     * Signed addresses of the selection with names and SHA-256, as aria2 reads them (`aria2c -c -i FILE`): it resumes by range and checks the hashes. Good
     * for a day. Audited.
     */
    async openLinks(ctx: ServiceContext, input: { experimentId: string } & Selection) {
      const { experiment, selection } = await ask(ctx, input, 'take');
      const rows = counted(await listSelection(db, experiment.id, selection, LINKED_FILES + 1), LINKED_FILES);
      await audit(ctx, experiment.id, selection, rows, 'links');
      async function* lines(): AsyncGenerator<string> {
        for (const { storeKey, path, version, sha256 } of rows) {
          const { url } = await store.signGet(storeKey, { version, expiresInS: LINK_S });
          yield `${url}\n  out=${experiment.code}/${path}\n  checksum=sha-256=${sha256}\n`;
        }
      }
      return { fileName: `${experiment.code}-links.txt`, lines: lines() };
    },
  };
}
