import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { requireInstrument } from '../experiments/experiment.policy.ts';
import {
  deleteHandOver,
  findHandOver,
  handOversFrom,
  insertHandOver,
  type StaffRow,
  staffOf,
} from './duty.repository.ts';

const DAY_MS = 24 * 3600 * 1000;
const PAST_MS = 7 * DAY_MS;
const FUTURE_MS = 400 * DAY_MS;
/** Instants typed as "now" are a little in the past when they arrive. */
const LATE_MS = 5 * 60 * 1000;
const MOST_SHOWN = 400;

export interface HandOverView {
  handOverId: string;
  at: Date;
  /** Null: nobody is on call from then on. */
  personId: string | null;
  name: string | null;
  /** False for somebody who is staff no more: nobody is on call then. */
  isStaff: boolean;
  state: 'past' | 'now' | 'coming';
}

export interface Rota {
  handOvers: HandOverView[];
  staff: Pick<StaffRow, 'personId' | 'name' | 'isProved'>[];
}

/** Who is on call at an instrument and when: a list of hand-overs, each counting until the next. */
export function createRota({ db }: { db: Database }) {
  async function changed(tx: Transaction, ctx: ServiceContext, instrumentId: string) {
    await publish(tx, ctx, {
      topics: [`instrument:${instrumentId}`],
      kind: 'alarm.changed',
      data: { instrumentId },
    });
  }

  return {
    /** Of the last week, and all that are to come; the first first. */
    async rota(ctx: ServiceContext, input: { instrumentId: string }): Promise<Rota> {
      const { instrumentId } = input;
      await requireInstrument(db, ctx, instrumentId, 'instrument.alarms');
      const now = ctx.now();
      const [rows, staff] = await Promise.all([
        handOversFrom(db, instrumentId, new Date(now.getTime() - PAST_MS), MOST_SHOWN),
        staffOf(db, instrumentId),
      ]);
      const current = rows.findLast(({ startsAt }) => startsAt <= now);
      return {
        handOvers: rows.map((row) => ({
          handOverId: row.id,
          at: row.startsAt,
          personId: row.personId,
          name: row.name,
          isStaff: staff.some(({ personId }) => personId === row.personId),
          state: row === current ? 'now' : row.startsAt <= now ? 'past' : 'coming',
        })),
        staff: staff.map(({ personId, name, isProved }) => ({ personId, name, isProved })),
      };
    },

    /**
     * From an instant on (null: now) somebody of the staff is on call, or nobody. BAD_INPUT for an instant in the past or far away and for who is not
     * staff, CONFLICT when there is a hand-over at that very instant.
     */
    async handOver(
      ctx: ServiceContext,
      input: { instrumentId: string; at: Date | null; personId: string | null },
    ): Promise<{ at: Date }> {
      const { instrumentId, personId } = input;
      return db.transaction(async (tx) => {
        await requireInstrument(tx, ctx, instrumentId, 'instrument.alarms');
        const now = ctx.now();
        const wanted = input.at ?? now;
        const startsAt = new Date(Math.max(wanted.getTime(), now.getTime()));
        const isWithin =
          wanted.getTime() >= now.getTime() - LATE_MS && wanted.getTime() <= now.getTime() + FUTURE_MS;
        if (!isWithin) {
          const message = 'Choose a time from now on, within a year.';
          throw new AppError('BAD_INPUT', { message, details: { fields: { at: message } } });
        }
        const staff = await staffOf(tx, instrumentId);
        if (personId !== null && !staff.some((each) => each.personId === personId)) {
          const message = 'Choose somebody of the staff of this instrument.';
          throw new AppError('BAD_INPUT', { message, details: { fields: { personId: message } } });
        }
        const id = ctx.newId();
        const createdBy = actingPerson(ctx);
        const row = { id, instrumentId, startsAt, personId, createdBy, createdAt: now };
        if (!(await insertHandOver(tx, row))) {
          throw new AppError('CONFLICT', 'There is a hand-over at that time already: take it away first.');
        }
        await recordAudit(tx, ctx, {
          action: 'instrument.handOver',
          entityKind: 'instrument',
          entityId: instrumentId,
          detail: { at: startsAt.toISOString(), personId },
        });
        await changed(tx, ctx, instrumentId);
        return { at: startsAt };
      });
    },

    /** One that has not come yet. What has been cannot be changed. */
    async removeHandOver(ctx: ServiceContext, input: { handOverId: string }): Promise<void> {
      await db.transaction(async (tx) => {
        const row = await findHandOver(tx, input.handOverId);
        await requireInstrument(tx, ctx, row?.instrumentId ?? '', 'instrument.alarms');
        if (!(await deleteHandOver(tx, row!.id, ctx.now()))) {
          throw new AppError(
            'CONFLICT',
            'This hand-over has been already: hand over to somebody else instead.',
          );
        }
        await recordAudit(tx, ctx, {
          action: 'instrument.removeHandOver',
          entityKind: 'instrument',
          entityId: row!.instrumentId,
          detail: { at: row!.startsAt.toISOString(), personId: row!.personId },
        });
        await changed(tx, ctx, row!.instrumentId);
      });
    },
  };
}
