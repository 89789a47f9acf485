import { createHash } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../../../shared/errors/app-error.ts';
import { plainText } from '../../../shared/model/plain-text.ts';
import type { Database } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ObjectStore } from '../../storage/object-store.port.ts';
import type { ServiceContext } from '../context.ts';
import { requireAcquisition } from './acquisition.policy.ts';
import { lockAcquisitions } from './announced.repository.ts';
import { requireDataset } from './dataset.policy.ts';
import {
  countSnapshots,
  deleteSnapshots,
  findSnapshot,
  insertSnapshot,
  type SnapshotRow,
  snapshotsOf,
} from './snapshot.repository.ts';
import { tellChanged } from './write-announced.ts';

/** A picture in base64 fits into a request of 1 MB. */
export const MAX_SNAPSHOT_BYTES = 700_000;
const MOST_SNAPSHOTS = 20;

/** How the bytes of a picture begin: JPEG (ISO/IEC 10918-1) with SOI and a marker, PNG (ISO/IEC 15948) with its signature and IHDR. */
const PICTURES = [
  { extension: 'jpg', start: Buffer.from('ffd8ff', 'hex'), leastBytes: 100 },
  { extension: 'png', start: Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), leastBytes: 57 },
] as const;

export const snapshotFields = {
  /** What it shows: "before", "after 90°". */
  name: plainText({ max: 80, empty: 'Give the picture a name, as before.' }),
  takenAt: z.iso.datetime({ offset: true }).nullish(),
};

export interface SnapshotView {
  name: string;
  sizeBytes: number;
  takenAt: Date | null;
  storedAt: Date;
}

export interface SnapshotWithAddress extends SnapshotView {
  url: string;
  expiresAt: Date;
}

const viewOf = ({ name, sizeBytes, takenAt, storedAt }: SnapshotRow): SnapshotView => ({
  ...{ name, sizeBytes, takenAt, storedAt },
});

/** Of bytes that a browser shows as a picture and as nothing else. */
function extensionOf(bytes: Uint8Array): string {
  if (bytes.length > MAX_SNAPSHOT_BYTES) {
    throw new AppError('TOO_LARGE', `A snapshot has at most ${MAX_SNAPSHOT_BYTES} bytes: make it smaller.`);
  }
  const kind = PICTURES.find(
    ({ start, leastBytes }) =>
      bytes.length >= leastBytes && start.equals(Buffer.from(bytes.subarray(0, start.length))),
  );
  if (kind) return kind.extension;
  const message = 'A snapshot is a JPEG or PNG picture; these bytes are neither.';
  throw new AppError('BAD_INPUT', { message, details: { fields: { base64: message } } });
}

/** Pictures of what was measured, beside an acquisition, whether its data have come or not. */
export function createSnapshots({ db, store }: { db: Database; store: ObjectStore }) {
  return {
    /**
     * Puts a picture beside an acquisition; one of the same name takes its place, the same one again changes nothing. BAD_INPUT for what is no picture,
     * TOO_LARGE, CONFLICT for one too many. For those who may upload.
     */
    async addSnapshot(
      ctx: ServiceContext,
      input: { acquisitionId: string; name: string; base64: string; takenAt?: string | null },
    ): Promise<SnapshotView> {
      const { acquisitionId, name } = input;
      await requireAcquisition(db, ctx, acquisitionId);
      const bytes = Buffer.from(input.base64, 'base64');
      const extension = extensionOf(bytes);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const takenAt = input.takenAt ? new Date(input.takenAt) : null;
      const known = await findSnapshot(db, acquisitionId, name);
      if (known?.sha256 === sha256 && known.takenAt?.getTime() === takenAt?.getTime()) return viewOf(known);
      const id = ctx.newId();
      // Not under its experiment, so that it stays where it is when the data go to another.
      const storeKey = `_system/snapshots/${acquisitionId}/${id}.${extension}`;
      await store.put(storeKey, bytes);
      const row = {
        ...{ id, acquisitionId, name, storeKey, sha256, takenAt },
        ...{ sizeBytes: bytes.length, storedAt: ctx.now() },
      };
      let gone: string[];
      try {
        gone = await db.transaction(async (tx) => {
          const { experimentId } = await requireAcquisition(tx, ctx, acquisitionId);
          await lockAcquisitions(tx, experimentId);
          // Behind the lock: it may have been withdrawn meanwhile.
          await requireAcquisition(tx, ctx, acquisitionId);
          const replaced = await deleteSnapshots(tx, acquisitionId, name);
          if ((await countSnapshots(tx, acquisitionId)) >= MOST_SNAPSHOTS) {
            throw new AppError(
              'CONFLICT',
              `An acquisition has at most ${MOST_SNAPSHOTS} snapshots: take one away first.`,
            );
          }
          await insertSnapshot(tx, row);
          await recordAudit(tx, ctx, {
            action: 'acquisition.snapshot',
            entityKind: 'acquisition',
            entityId: acquisitionId,
            experimentId,
            detail: { name, sha256, sizeBytes: bytes.length },
          });
          await tellChanged(tx, ctx, experimentId);
          return replaced;
        });
      } catch (error) {
        await store.delete(storeKey);
        throw error;
      }
      // After the record: a crash here leaves an object nobody names, never a name without its object.
      for (const key of gone) await store.delete(key);
      return viewOf(row);
    },

    /** NOT_FOUND when there is none of this name. */
    async removeSnapshot(ctx: ServiceContext, input: { acquisitionId: string; name: string }): Promise<void> {
      const { acquisitionId, name } = input;
      const gone = await db.transaction(async (tx) => {
        const { experimentId } = await requireAcquisition(tx, ctx, acquisitionId);
        const keys = await deleteSnapshots(tx, acquisitionId, name);
        if (keys.length === 0)
          throw new AppError('NOT_FOUND', 'The acquisition has no snapshot of this name.');
        await recordAudit(tx, ctx, {
          action: 'acquisition.removeSnapshot',
          entityKind: 'acquisition',
          entityId: acquisitionId,
          experimentId,
          detail: { name },
        });
        await tellChanged(tx, ctx, experimentId);
        return keys;
      });
      for (const key of gone) await store.delete(key);
    },

    /** Those of the acquisition behind a dataset, with short-lived addresses. */
    async snapshots(ctx: ServiceContext, input: { datasetId: string }): Promise<SnapshotWithAddress[]> {
      const { acquisitionId } = await requireDataset(db, ctx, input.datasetId, 'experiment.view');
      const rows = await snapshotsOf(db, acquisitionId);
      return Promise.all(
        rows.map(async (row) => ({ ...viewOf(row), ...(await store.signGet(row.storeKey)) })),
      );
    },
  };
}
