import { AppError } from '../../../shared/errors/app-error.ts';
import {
  STORAGE_LIMIT_SHARE,
  type StorageLevel,
  storageLevel,
  storageSize,
} from '../../../shared/model/storage-level.ts';
import type { Database, Queryable } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { requireExperiment, requireFacility } from '../experiments/experiment.policy.ts';
import { composeMail, plainLine } from '../mail/compose-mail.ts';
import { writeMail } from '../mail/write-mail.ts';
import type { StorageUse } from './accounting.types.ts';
import {
  facilityNames,
  facilityOfExperiment,
  foldStorageChanges,
  keepersOf,
  storageTotals,
  storageUse,
} from './storage-use.repository.ts';

const DAY_MS = 24 * 3600 * 1000;
/** A warning that could not be told for so long says nothing any more. */
const TOLD_WITHIN_MS = 7 * DAY_MS;

async function levelOf(q: Queryable, facilityId: string, at: Date): Promise<StorageLevel> {
  const { hotBytes, hotQuotaBytes } = await storageUse(q, facilityId, at);
  return storageLevel(hotBytes, hotQuotaBytes);
}

/** How full the facility of an instrument was within the last minute: cheap enough to be asked by the second. Rights are the caller's to check. */
export async function storageLevelAt(q: Queryable, instrumentId: string, at: Date): Promise<StorageLevel> {
  const { hotBytes, hotQuotaBytes } = await storageTotals(q, instrumentId, at);
  return storageLevel(hotBytes, hotQuotaBytes);
}

/**
 * Why nothing of jobs or by hand can be stored at a facility now; null while it can. Data of its instruments are stored however full it is: a
 * beam time does not come back.
 */
export async function roomForResults(
  q: Queryable,
  ctx: ServiceContext,
  facilityId: string,
): Promise<AppError | null> {
  const { hotBytes, quotaBytes, isFull } = await levelOf(q, facilityId, ctx.now());
  if (!isFull || quotaBytes === null) return null;
  const message = `The hot storage of the facility is full: ${storageSize(hotBytes)} are kept, its licences allow ${storageSize(quotaBytes)}. Data of the instruments are still stored, results of jobs are not. Ask an admin of the facility for room.`;
  return new AppError('NOT_COVERED', { message, details: { hotBytes, quotaBytes } });
}

/** Why a file of this size cannot be put there by a person; null when there is room for it. */
export async function roomForUpload(
  q: Queryable,
  ctx: ServiceContext,
  facilityId: string,
  sizeBytes: number,
): Promise<AppError | null> {
  const { hotBytes, quotaBytes } = await levelOf(q, facilityId, ctx.now());
  if (quotaBytes === null || hotBytes + sizeBytes <= STORAGE_LIMIT_SHARE * quotaBytes) return null;
  const message = `The hot storage of the facility has no room for this: ${storageSize(hotBytes)} are kept, its licences allow ${storageSize(quotaBytes)}. Ask an admin of the facility for room.`;
  return new AppError('NOT_COVERED', { message, details: { hotBytes, quotaBytes, sizeBytes } });
}

/** Hot storage of facilities against what their licences allow. */
export function createStorageService({ db }: { db: Database }) {
  return {
    /** What a facility keeps, for its admins. */
    async use(ctx: ServiceContext, input: { facilityId: string }): Promise<StorageUse> {
      await requireFacility(db, ctx, input.facilityId, 'facility.licences');
      return storageUse(db, input.facilityId, ctx.now());
    },

    /** How full the facility of an experiment is, for whoever sees the experiment. */
    async ofExperiment(ctx: ServiceContext, input: { experimentId: string }): Promise<StorageLevel> {
      await requireExperiment(db, ctx, input.experimentId, 'experiment.view');
      const facilityId = await facilityOfExperiment(db, input.experimentId);
      if (facilityId === null) throw new AppError('NOT_FOUND');
      return levelOf(db, facilityId, ctx.now());
    },

    /**
     * Keeps the totals of instruments up to date, and mails admins and staff of a facility whose storage has reached a warning: each warning
     * once for a quota and a month, however often this runs. For the system.
     */
    async watch(ctx: ServiceContext): Promise<{ folded: number }> {
      if (ctx.principal.kind !== 'system') throw new AppError('NOT_ALLOWED');
      const folded = await foldStorageChanges(db);
      const now = ctx.now();
      for (const { id, name } of await facilityNames(db)) {
        const level = await levelOf(db, id, now);
        if (level.warning !== null) await tell(ctx, { id, name }, level);
      }
      return { folded };
    },
  };

  async function tell(ctx: ServiceContext, facility: { id: string; name: string }, level: StorageLevel) {
    const { hotBytes, quotaBytes, warning } = level;
    const now = ctx.now();
    const place = plainLine(facility.name);
    const limit = Math.round(STORAGE_LIMIT_SHARE * 100);
    await db.transaction(async (tx) => {
      for (const { id, name, email } of await keepersOf(tx, facility.id)) {
        await writeMail(tx, ctx, {
          dedupeKey: `storage-fills:${facility.id}:${quotaBytes}:${warning}:${now.toISOString().slice(0, 7)}:${id}`,
          kind: 'storage-fills',
          to: email,
          personId: id,
          body: composeMail({
            subject: `Hot storage of ${place}: ${warning} % of what is licensed`,
            greeting: `Hello ${plainLine(name)},`,
            before: [
              `${place} keeps ${storageSize(hotBytes)} online; its licences allow ${storageSize(quotaBytes ?? 0)}.`,
              `Data of the instruments are stored in any case. Beyond ${limit} % of what is licensed no job can be started by hand and no results of jobs are stored.`,
            ],
            after: ['An admin of the facility can license more storage on the page Licences.'],
          }),
          uselessAt: new Date(now.getTime() + TOLD_WITHIN_MS),
        });
      }
    });
  }
}

export type StorageService = ReturnType<typeof createStorageService>;
