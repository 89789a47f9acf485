import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { requireExperiment } from './experiment.policy.ts';
import { setStaffAccessUntil, staffAccessOf, staffOf } from './staff-access.repository.ts';

/** The longest that an Owner may let staff in for, from now: it can be said anew each year. */
const MOST_MS = 366 * 24 * 3600 * 1000;

export interface StaffAccessView {
  instrumentName: string;
  staff: { id: string; name: string; since: Date }[];
  /** When staff lose sight of it; null: not, or not before it is finished. */
  endsAt: Date | null;
  isOver: boolean;
  proprietary: boolean;
  finishedAt: Date | null;
  /** Policy of the facility: days after the end. */
  policyDays: number;
  /** What the Owner said beyond the policy. */
  extendedUntil: Date | null;
}

/** What staff of the instrument see of an experiment, and for how long. */
export function createStaffAccess({ db }: { db: Database }) {
  return {
    async staffAccess(ctx: ServiceContext, input: { experimentId: string }): Promise<StaffAccessView> {
      await requireExperiment(db, ctx, input.experimentId, 'experiment.people');
      const [facts, staff] = await Promise.all([
        staffAccessOf(db, input.experimentId),
        staffOf(db, input.experimentId),
      ]);
      return { ...facts, staff, isOver: facts.endsAt !== null && facts.endsAt <= ctx.now() };
    },

    /**
     * The Owner lets staff keep their access until a date (at most a year from now), or takes that back with null: then the policy of the
     * facility counts, and where its days are over staff see nothing from this moment.
     */
    async extendStaffAccess(
      ctx: ServiceContext,
      input: { experimentId: string; until: Date | null },
    ): Promise<StaffAccessView> {
      const { experimentId, until } = input;
      await db.transaction(async (tx) => {
        const row = await requireExperiment(tx, ctx, experimentId, 'staff.extendAccess');
        if (until !== null) {
          const aheadMs = until.getTime() - ctx.now().getTime();
          const message = 'Choose a day from now on, at most a year ahead.';
          if (aheadMs <= 0 || aheadMs > MOST_MS) {
            throw new AppError('BAD_INPUT', { message, details: { fields: { until: message } } });
          }
        }
        await setStaffAccessUntil(tx, experimentId, until);
        await recordAudit(tx, ctx, {
          action: until === null ? 'staffAccess.endedByPolicy' : 'staffAccess.extended',
          entityKind: 'experiment',
          entityId: experimentId,
          experimentId,
          detail: { until: until?.toISOString() ?? null },
        });
        await publish(tx, ctx, {
          // As news about members: whoever listens is asked anew whether they may.
          topics: [`experiment:${experimentId}`],
          kind: 'member.changed',
          data: { experimentId },
        });
        await publish(tx, ctx, {
          topics: [`instrument:${row.instrumentId}`],
          kind: 'experiment.changed',
          data: { experimentId },
        });
      });
      return this.staffAccess(ctx, { experimentId });
    },
  };
}
