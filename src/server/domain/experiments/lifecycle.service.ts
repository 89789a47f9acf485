import { AppError } from '../../../shared/errors/app-error.ts';
import type { ExperimentState } from '../../../shared/model/states.ts';
import { allows } from '../../../shared/permissions/permission-table.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { raiseEvent } from '../triggers/raise-event.ts';
import { setStrategy } from '../triggers/strategy-choice.ts';
import { type ExperimentRow, findExperiment } from './access.repository.ts';
import { announceActivation, recordActivation } from './announce-activation.ts';
import { requireExperiment, requireInstrument, rolesIn } from './experiment.policy.ts';
import {
  type ActivationRow,
  endActivation,
  insertActivation,
  lockInstrument,
  openActivation,
  personName,
  transitionExperiment,
} from './experiment.repository.ts';
import { endOfWindow } from './processing-window.ts';

/** As people read them in sentences. */
export const STATE_WORDS: Readonly<Record<ExperimentState, string>> = {
  preparation: 'in Preparation',
  running: 'Running',
  processing: 'Processing',
  closed: 'Closed',
};

/** PostgreSQL 23P01: two activation periods of one instrument would overlap (`activation_no_overlap`). */
export function isOverlap(thrown: unknown): boolean {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if ('code' in error && error.code === '23P01') return true;
  }
  return false;
}

/** Lets the triggers look at an experiment whose measurement has ended. */
export const raiseFinished = (
  tx: Transaction,
  { id, instrumentId }: Pick<ExperimentRow, 'id' | 'instrumentId'>,
  finishedAt: Date,
): Promise<void> =>
  raiseEvent(tx, instrumentId, {
    ...{ event: 'experiment.finished', experimentId: id, finishedAt: finishedAt.toISOString() },
  });

/** Which experiment is active at an instrument, and the life of an experiment. All of it is for staff of the instrument. */
export function createLifecycle({ db }: { db: Database }) {
  /** Members who see the experiment are told NOT_ALLOWED, not that their instrument does not exist. */
  async function requireLeader(tx: Transaction, ctx: ServiceContext, seen: ExperimentRow): Promise<void> {
    if (ctx.principal.kind === 'system') return;
    if (!allows('instrument.activate', await rolesIn(tx, ctx, seen.id))) throw new AppError('NOT_ALLOWED');
  }

  const refuse = (row: ExperimentRow, verb: string) =>
    new AppError('CONFLICT', `${row.code} is ${STATE_WORDS[row.state]} and cannot be ${verb}.`);

  async function changed(tx: Transaction, ctx: ServiceContext, row: ExperimentRow, action: string) {
    await recordAudit(tx, ctx, {
      action,
      entityKind: 'experiment',
      entityId: row.id,
      experimentId: row.id,
      detail: { state: row.state },
    });
    await publish(tx, ctx, {
      topics: [`experiment:${row.id}`, `instrument:${row.instrumentId}`],
      kind: 'experiment.changed',
      data: { experimentId: row.id },
    });
  }

  /** Ends the open activation at `at`. Returns the experiment that was active. */
  async function endOpen(tx: Transaction, ctx: ServiceContext, instrumentId: string, at: Date) {
    const open = await openActivation(tx, instrumentId);
    if (!open) return null;
    // A clock that runs behind that of the process which activated must not end a period before its start.
    const endedAt = at < open.startedAt ? open.startedAt : at;
    if (!(await endActivation(tx, open.id, endedAt, actingPerson(ctx)))) throw new AppError('CONFLICT');
    return { experimentId: open.experimentId, endedAt };
  }

  /** Who was faster, for staff: they see every experiment that is active at their instrument. */
  async function overtaken(tx: Transaction, open: ActivationRow | null): Promise<AppError> {
    const lookAgain = 'Look again before you switch.';
    if (!open) return new AppError('CONFLICT', `No experiment is active any more. ${lookAgain}`);
    const [active, by] = await Promise.all([
      findExperiment(tx, open.experimentId),
      open.startedBy === null ? null : personName(tx, open.startedBy),
    ]);
    return new AppError('CONFLICT', {
      message: `${by ?? 'A program'} has activated ${active?.code} in the meantime. ${lookAgain}`,
      details: { activeId: open.experimentId },
    });
  }

  async function guarded<T>(run: (tx: Transaction) => Promise<T>): Promise<T> {
    try {
      return await db.transaction(run);
    } catch (thrown) {
      if (!isOverlap(thrown)) throw thrown;
      throw new AppError('CONFLICT', {
        message: 'Another experiment was activated at this instrument in the same moment. Look again.',
        cause: thrown,
      });
    }
  }

  return {
    /**
     * Makes an experiment the active one: from now on the bytes of its instrument are its own. The former active one stays
     * Running but inactive; its period ends at the very instant at which the new one begins, so that no byte falls between.
     * `strategyId` gives it that strategy at the same time, null the default. `expectedActiveId` (what the caller saw as active; null = nothing) makes it refuse when somebody else was faster.
     */
    async activate(
      ctx: ServiceContext,
      input: { experimentId: string; expectedActiveId?: string | null; strategyId?: string | null },
    ): Promise<{ experimentId: string; since: Date; formerExperimentId: string | null }> {
      return guarded(async (tx) => {
        const seen = await requireExperiment(tx, ctx, input.experimentId, 'experiment.view');
        await requireLeader(tx, ctx, seen);
        await lockInstrument(tx, seen.instrumentId);
        const open = await openActivation(tx, seen.instrumentId);
        if (open?.experimentId === seen.id) {
          if (input.strategyId !== undefined) await setStrategy(tx, ctx, seen, input.strategyId);
          return { experimentId: seen.id, since: open.startedAt, formerExperimentId: null };
        }
        if (input.expectedActiveId !== undefined && (open?.experimentId ?? null) !== input.expectedActiveId) {
          throw await overtaken(tx, open);
        }
        // The clock is read behind the lock: two switches in a row keep their order.
        const now = ctx.now();
        const former = await endOpen(tx, ctx, seen.instrumentId, now);
        const since = former?.endedAt ?? now;
        const row = await transitionExperiment(
          tx,
          seen.id,
          'running',
          { finishedAt: null, processingUntil: null, startedAtIfUnset: since },
          { allowSame: true },
        );
        if (!row) throw refuse(seen, 'activated');
        if (input.strategyId !== undefined) await setStrategy(tx, ctx, seen, input.strategyId);
        await insertActivation(tx, {
          id: ctx.newId(),
          instrumentId: seen.instrumentId,
          experimentId: seen.id,
          startedAt: since,
          startedBy: actingPerson(ctx),
        });
        await recordActivation(tx, ctx, 'experiment.activate', seen.id, {
          instrumentId: seen.instrumentId,
          since: since.toISOString(),
        });
        if (former) {
          await recordActivation(tx, ctx, 'experiment.deactivate', former.experimentId, {
            instrumentId: seen.instrumentId,
            at: former.endedAt.toISOString(),
          });
        }
        const touched = former ? [seen.id, former.experimentId] : [seen.id];
        await announceActivation(tx, ctx, seen.instrumentId, seen.id, touched);
        return { experimentId: seen.id, since, formerExperimentId: former?.experimentId ?? null };
      });
    },

    /** Leaves the instrument without an active experiment; what arrives then goes to the unassigned tray. ALREADY_DONE when none is active. */
    async deactivate(
      ctx: ServiceContext,
      input: { instrumentId: string; expectedActiveId?: string },
    ): Promise<{ experimentId: string; endedAt: Date }> {
      return guarded(async (tx) => {
        await requireInstrument(tx, ctx, input.instrumentId, 'instrument.activate');
        await lockInstrument(tx, input.instrumentId);
        const open = await openActivation(tx, input.instrumentId);
        if (!open) throw new AppError('ALREADY_DONE', 'No experiment is active here.');
        if (input.expectedActiveId && open.experimentId !== input.expectedActiveId) {
          throw await overtaken(tx, open);
        }
        const ended = (await endOpen(tx, ctx, input.instrumentId, ctx.now()))!;
        await recordActivation(tx, ctx, 'experiment.deactivate', ended.experimentId, {
          instrumentId: input.instrumentId,
          at: ended.endedAt.toISOString(),
        });
        await announceActivation(tx, ctx, input.instrumentId, null, [ended.experimentId]);
        return ended;
      });
    },

    /** Ends the measurement: the experiment becomes Processing, and inactive if it was active. */
    async finish(ctx: ServiceContext, input: { experimentId: string }): Promise<{ finishedAt: Date }> {
      return guarded(async (tx) => {
        const seen = await requireExperiment(tx, ctx, input.experimentId, 'experiment.view');
        await requireLeader(tx, ctx, seen);
        await lockInstrument(tx, seen.instrumentId);
        const open = await openActivation(tx, seen.instrumentId);
        const now = ctx.now();
        const ended = open?.experimentId === seen.id ? await endOpen(tx, ctx, seen.instrumentId, now) : null;
        const finishedAt = ended?.endedAt ?? now;
        const processingUntil = await endOfWindow(tx, seen.facilityId, finishedAt);
        const row = await transitionExperiment(
          tx,
          seen.id,
          'processing',
          { finishedAt, processingUntil },
          { from: 'running' },
        );
        if (!row) throw refuse(seen, 'finished');
        await changed(tx, ctx, row, 'experiment.finish');
        await raiseFinished(tx, seen, finishedAt);
        if (ended) await announceActivation(tx, ctx, seen.instrumentId, null, [seen.id]);
        return { finishedAt };
      });
    },

    /** Takes `finish` back: Running again, without becoming the active one. What was recorded of its activations stays. */
    async reopen(ctx: ServiceContext, input: { experimentId: string }): Promise<void> {
      await guarded(async (tx) => {
        const seen = await requireExperiment(tx, ctx, input.experimentId, 'experiment.view');
        await requireLeader(tx, ctx, seen);
        const row = await transitionExperiment(
          tx,
          seen.id,
          'running',
          { finishedAt: null, processingUntil: null },
          { from: 'processing' },
        );
        if (!row) throw refuse(seen, 'reopened');
        await changed(tx, ctx, row, 'experiment.reopen');
      });
    },

    /** The last state: from Preparation (never measured) or Processing. */
    async close(ctx: ServiceContext, input: { experimentId: string }): Promise<void> {
      await guarded(async (tx) => {
        const seen = await requireExperiment(tx, ctx, input.experimentId, 'experiment.view');
        await requireLeader(tx, ctx, seen);
        const row = await transitionExperiment(tx, seen.id, 'closed', {});
        if (!row) throw refuse(seen, 'closed');
        await changed(tx, ctx, row, 'experiment.close');
      });
    },
  };
}
