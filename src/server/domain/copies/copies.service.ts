import type {
  CopyNoted,
  CopyReport,
  FileAddress,
  FileAddresses,
  ManifestFile,
  ManifestPage,
} from '../../../shared/contracts/rest-api.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { requireExperiment, requireExperimentOfCode } from '../experiments/experiment.policy.ts';
import type { FilesService, SignedFile } from '../files/files.service.ts';
import {
  type CopiedFile,
  copiesOf,
  filesBehind,
  filesChangedSince,
  putCopy,
  transactionMarks,
} from './copy.repository.ts';
import { type ManifestCursor, readCursor, writeCursor } from './manifest-cursor.ts';

const COPIES_SHOWN = 50;
/** Before every id there is. */
const NO_FILE = '00000000-0000-0000-0000-000000000000';

const lineOf = ({ path, sizeBytes, sha256, version, sourceSettledAt }: CopiedFile): ManifestFile => ({
  ...{ path, sizeBytes, sha256, version },
  settledAt: sourceSettledAt?.toISOString() ?? null,
});

function addressOf(signed: SignedFile | undefined): FileAddress[] {
  if (!signed) return [];
  const { path, sizeBytes, sha256, version } = signed.file;
  return [{ path, sizeBytes, sha256, version, url: signed.url, expiresAt: signed.expiresAt.toISOString() }];
}

/** What keeps a copy of an experiment elsewhere whole and up to date. */
export function createCopiesService({
  db,
  files,
}: {
  db: Database;
  files: Pick<FilesService, 'signDownloads'>;
}) {
  /** A page of the list by path; behind its end begin the changes since the list was begun. */
  async function listPage(
    experimentId: string,
    place: { txid: string; after: string | null },
    limit: number,
  ) {
    const rows = await filesBehind(db, experimentId, place.after, limit + 1);
    const shown = rows.slice(0, limit);
    const complete = rows.length === shown.length;
    const { txid } = place;
    const next: ManifestCursor = complete
      ? { kind: 'changes', txid, fileId: NO_FILE }
      : { kind: 'list', txid, after: shown.at(-1)!.path };
    return { shown, complete, next };
  }

  async function changesPage(
    experimentId: string,
    since: Extract<ManifestCursor, { kind: 'changes' }>,
    limit: number,
  ) {
    const rows = await filesChangedSince(db, experimentId, since, limit + 1);
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const next: ManifestCursor = last ? { kind: 'changes', txid: last.changedTxid, fileId: last.id } : since;
    return { shown, complete: rows.length === shown.length, next };
  }

  async function fileAddresses(
    ctx: ServiceContext,
    input: { code: string; paths: readonly string[] },
  ): Promise<FileAddresses> {
    const { id, code } = await requireExperimentOfCode(db, ctx, input.code, 'file.download');
    const signed = await files.signDownloads(ctx, { experimentId: id, paths: input.paths });
    const found = new Map(signed.map((one) => [one.file.path, one]));
    const asked = [...new Set(input.paths)];
    return {
      experiment: code,
      files: asked.flatMap((path) => addressOf(found.get(path))),
      missing: asked.filter((path) => !found.has(path)),
    };
  }

  return {
    /**
     * One page of the experiment's files: without a cursor from the beginning by path; with one what follows, and behind the end what became
     * visible or changed since. Every file there was at the first page is on one of the pages, under its path of then or of now; files
     * that left the experiment are not told.
     */
    async manifestPage(
      ctx: ServiceContext,
      input: { code: string; cursor: string | null; limit: number },
    ): Promise<ManifestPage> {
      const { id, code } = await requireExperimentOfCode(db, ctx, input.code, 'experiment.view');
      const asked = input.cursor === null ? null : readCursor(input.cursor);
      // Before the files are read: what was not visible then has a transaction that is not before this one.
      const { settled, unborn } = await transactionMarks(db);
      // A cursor from before the database was restored in another place: nobody knows what is new, so all is.
      const place = asked && BigInt(asked.txid) <= BigInt(unborn) ? asked : null;
      const page =
        place?.kind === 'changes'
          ? await changesPage(id, place, input.limit)
          : await listPage(id, place ?? { txid: settled, after: null }, input.limit);
      return {
        experiment: code,
        files: page.shown.map(lineOf),
        cursor: writeCursor(page.next),
        complete: page.complete,
      };
    },

    /**
     * The files under these paths of the experiment with short-lived addresses of their bytes, in the order of the question, and the paths that
     * have none. Each address is audited as a download.
     */
    fileAddresses,

    /** Notes that somebody's copy elsewhere was proved. Of people, by their tokens. */
    async noteCopy(ctx: ServiceContext, input: CopyReport & { code: string }): Promise<CopyNoted> {
      const { code: asked, ...said } = input;
      const { principal } = ctx;
      const { id, code } = await requireExperimentOfCode(db, ctx, asked, 'file.download');
      if (principal.kind !== 'token' && principal.kind !== 'person') throw new AppError('NOT_ALLOWED');
      const verifiedAt = ctx.now();
      // PostgreSQL keeps no U+0000.
      const place = said.place.replaceAll('\0', ' ');
      await db.transaction(async (tx) => {
        await putCopy(tx, { ...said, place, experimentId: id, personId: principal.personId, verifiedAt });
        await recordAudit(tx, ctx, {
          ...{ action: 'copy.verified', entityKind: 'experiment', entityId: id, experimentId: id },
          detail: { ...said, place },
        });
        await publish(tx, ctx, { topics: [`experiment:${id}`], kind: 'experiment.changed', data: {} });
      });
      return { experiment: code, verifiedAt: verifiedAt.toISOString() };
    },

    /** Copies elsewhere, as those who keep them said last; and how much the experiment has now. */
    async listCopies(ctx: ServiceContext, input: { experimentId: string }) {
      const { id } = await requireExperiment(db, ctx, input.experimentId, 'experiment.people');
      return copiesOf(db, id, COPIES_SHOWN);
    },

    /** The file under a path of the experiment with a short-lived address of its bytes. Audited as a download. */
    async fileAddress(ctx: ServiceContext, input: { code: string; path: string }): Promise<FileAddress> {
      const { experiment, files: found } = await fileAddresses(ctx, {
        code: input.code,
        paths: [input.path],
      });
      if (!found[0]) throw new AppError('NOT_FOUND', `There is no file of that path in ${experiment}.`);
      return found[0];
    },
  };
}

export type CopiesService = ReturnType<typeof createCopiesService>;
