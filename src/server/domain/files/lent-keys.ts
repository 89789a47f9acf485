import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ObjectStore, PrefixKey } from '../../storage/object-store.port.ts';
import type { ServiceContext } from '../context.ts';
import { requireExperiment } from '../experiments/experiment.policy.ts';
import { countElsewhere, countLent, holdsOthers, LENT } from './lent-key.repository.ts';
import { requirePerson } from './person-place.ts';

const HOUR_MS = 3600 * 1000;
export const MOST_PER_HOUR = 10;

export interface LentKey extends PrefixKey {
  /** Files that lie under another key than their path says, so that the program finds them by a former name or not at all. */
  filesElsewhere: number;
}

/** Keys of the store by which people read an experiment with rclone and the like: for a while, and nothing else. Like a signed address, a key stays good for its time whatever becomes of the role of its person. */
export function createLentKeys({ db, store }: { db: Database; store: ObjectStore }) {
  return {
    /** How long such keys are good; null: this installation gives none. */
    async keyHours(ctx: ServiceContext, input: { experimentId: string }): Promise<number | null> {
      await requireExperiment(db, ctx, input.experimentId, 'file.download');
      return store.prefixKeyHours();
    },

    /**
     * A key for the experiment, told this once. CONFLICT where none are given, or while data of others still lie among the experiment's. Audited with what
     * names the key, never its secret.
     */
    async lendKey(ctx: ServiceContext, input: { experimentId: string }): Promise<LentKey> {
      const { id, code } = await requireExperiment(db, ctx, input.experimentId, 'file.download');
      const personId = requirePerson(ctx);
      if ((await store.prefixKeyHours()) === null) {
        throw new AppError(
          'CONFLICT',
          'This installation gives no keys for rclone. Take a zip, a list of addresses, or use beamdeck-sync pull.',
        );
      }
      const lent = await countLent(db, personId, new Date(ctx.now().getTime() - HOUR_MS));
      if (lent >= MOST_PER_HOUR) {
        throw new AppError('TOO_MANY_REQUESTS', {
          message: `You were given ${lent} keys within an hour. Use one of them, or go on in an hour.`,
          retryAfterS: HOUR_MS / 1000,
        });
      }
      if (await holdsOthers(db, id, code)) {
        throw new AppError(
          'CONFLICT',
          `Data that do not belong to ${code} any more still lie in its folder. Try again when they have been moved, in some minutes as a rule, or use beamdeck-sync pull.`,
        );
      }
      const key = await store.lendKey(code, personId);
      await recordAudit(db, ctx, {
        ...{ action: LENT, entityKind: 'experiment', entityId: id, experimentId: id },
        detail: { accessKey: key.accessKey, prefix: key.prefix, expiresAt: key.expiresAt.toISOString() },
      });
      return { ...key, filesElsewhere: await countElsewhere(db, id, code) };
    },
  };
}
