import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import type { ExperimentRow } from './access.repository.ts';
import {
  beyondPlannedEnd,
  closeOver,
  type ExperimentNotice,
  endingSoon,
  insertNotice,
  isReceiving,
  lastActiveAt,
  setWindow,
  windowOver,
  withoutWindow,
} from './deadline.repository.ts';
import { lockInstrument, openActivation, transitionExperiment } from './experiment.repository.ts';
import { raiseFinished } from './lifecycle.service.ts';
import { tellMembers } from './mail-members.ts';
import { DAY_MS, endOfWindow } from './processing-window.ts';

/** How long before its end a processing window is announced; the shortest that fits is told. */
const ANNOUNCED = [
  { days: 1, kind: 'processing-ends-1d' },
  { days: 3, kind: 'processing-ends-3d' },
  { days: 14, kind: 'processing-ends-14d' },
] as const satisfies readonly { days: number; kind: ExperimentNotice }[];

/** In one sweep; what is left waits for the next. */
const AT_ONCE = 1000;

export interface DatesKept {
  /** Experiments whose planned end has passed and which are Processing now. */
  finished: number;
  /** Experiments that still measure though their planned end has passed: told, never ended. */
  overdue: number;
  closed: number;
  announced: number;
}

/**
 * What dates do to experiments. The planned end stops no data: an experiment that is active, or that data still arrive for, goes on until staff
 * finish it or activate another one, and only says that its end has passed. One that is Running but no longer active becomes Processing; the end
 * of its processing window closes it.
 */
export function createDeadlines({ db }: { db: Database }) {
  async function told(
    tx: Transaction,
    ctx: ServiceContext,
    row: ExperimentRow,
    kind: ExperimentNotice,
    due: Date,
  ): Promise<boolean> {
    const isNew = await insertNotice(tx, {
      id: ctx.newId(),
      experimentId: row.id,
      kind,
      due,
      createdAt: ctx.now(),
    });
    if (isNew) await changed(tx, ctx, row);
    return isNew;
  }

  /** On the page and, to those who can ask for more time, by mail. */
  function announce(ctx: ServiceContext, row: ExperimentRow, kind: ExperimentNotice, until: Date) {
    return db.transaction(async (tx) => {
      if (!(await told(tx, ctx, row, kind, until))) return false;
      await tellMembers(tx, ctx, {
        ...{ key: `${kind}:${until.toISOString()}`, kind: 'experiment-ends' },
        ...{ experimentId: row.id, roles: ['owner', 'manager'], uselessAt: until },
        words: ({ code, instrumentName, instant }) => ({
          subject: `Analysis of ${code} ends on ${instant(until)}`,
          paragraphs: [
            `The time to analyse ${code} (${instrumentName}) ends on ${instant(until)}. After that no new jobs can be started.`,
          ],
          action: 'Open the experiment',
          after: [
            'Reading, downloading and what runs by then are not touched. If you need longer, ask for it on the page: it goes to the staff.',
          ],
        }),
      });
      return true;
    });
  }

  async function changed(tx: Transaction, ctx: ServiceContext, row: ExperimentRow): Promise<void> {
    await publish(tx, ctx, {
      topics: [`experiment:${row.id}`, `instrument:${row.instrumentId}`],
      kind: 'experiment.changed',
      data: { experimentId: row.id },
    });
  }

  async function record(tx: Transaction, ctx: ServiceContext, row: ExperimentRow, action: string, by: Date) {
    await recordAudit(tx, ctx, {
      action,
      entityKind: 'experiment',
      entityId: row.id,
      experimentId: row.id,
      detail: { date: by.toISOString() },
    });
    await changed(tx, ctx, row);
  }

  /** Under the instrument's lock, so that nobody activates it in the same moment. */
  function endByPlan(ctx: ServiceContext, row: ExperimentRow, plannedEnd: Date) {
    return db.transaction(async (tx): Promise<'finished' | 'overdue' | 'told before'> => {
      await lockInstrument(tx, row.instrumentId);
      const open = await openActivation(tx, row.instrumentId);
      if (open?.experimentId === row.id || (await isReceiving(tx, row.id))) {
        return (await told(tx, ctx, row, 'planned-end-passed', plannedEnd)) ? 'overdue' : 'told before';
      }
      const lastActive = await lastActiveAt(tx, row.id);
      const finishedAt = lastActive && lastActive > plannedEnd ? lastActive : plannedEnd;
      const processingUntil = await endOfWindow(tx, row.facilityId, finishedAt);
      const set = { finishedAt, processingUntil };
      const done = await transitionExperiment(tx, row.id, 'processing', set, { from: 'running' });
      if (!done) return 'told before';
      await record(tx, ctx, row, 'experiment.finish', plannedEnd);
      await raiseFinished(tx, row, finishedAt);
      return 'finished';
    });
  }

  function closeWhenOver(ctx: ServiceContext, row: ExperimentRow, until: Date) {
    return db.transaction(async (tx) => {
      if (!(await closeOver(tx, row.id, ctx.now()))) return false;
      await insertNotice(tx, {
        id: ctx.newId(),
        experimentId: row.id,
        kind: 'processing-over',
        due: until,
        createdAt: ctx.now(),
      });
      await record(tx, ctx, row, 'experiment.close', until);
      return true;
    });
  }

  return {
    /** Moves experiments on whose dates have passed, and announces what is near. Idempotent; for the system alone. */
    async keepDates(ctx: ServiceContext): Promise<DatesKept> {
      if (ctx.principal.kind !== 'system') throw new AppError('NOT_ALLOWED');
      const now = ctx.now();
      const kept: DatesKept = { finished: 0, overdue: 0, closed: 0, announced: 0 };
      for (const row of await withoutWindow(db, AT_ONCE)) {
        const until = await endOfWindow(db, row.facilityId, row.finishedAt ?? now);
        await db.transaction((tx) => setWindow(tx, row.id, until));
      }
      for (const row of await beyondPlannedEnd(db, now, AT_ONCE)) {
        const outcome = await endByPlan(ctx, row, row.plannedEnd!);
        if (outcome !== 'told before') kept[outcome] += 1;
      }
      for (const row of await windowOver(db, now, AT_ONCE)) {
        if (await closeWhenOver(ctx, row, row.processingUntil!)) kept.closed += 1;
      }
      const horizon = new Date(now.getTime() + ANNOUNCED.at(-1)!.days * DAY_MS);
      for (const row of await endingSoon(db, now, horizon)) {
        const until = row.processingUntil!;
        const left = until.getTime() - now.getTime();
        const { kind } = ANNOUNCED.find(({ days }) => left <= days * DAY_MS)!;
        if (await announce(ctx, row, kind, until)) kept.announced += 1;
      }
      return kept;
    },
  };
}
