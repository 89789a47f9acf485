import { AppError } from '../../../shared/errors/app-error.ts';
import { allows } from '../../../shared/permissions/permission-table.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { findExperiment } from './access.repository.ts';
import { type ExperimentRow, requireExperiment, requireInstrument, rolesIn } from './experiment.policy.ts';
import { DAY_MS } from './processing-window.ts';
import {
  type AskedProlongation,
  decideProlongation,
  findProlongation,
  insertProlongation,
  latestProlongation,
  moveWindow,
  openProlongations,
} from './prolongation.repository.ts';

/** What is needed longer than this belongs into a project of its own. */
const LONGEST_MS = 2 * 366 * DAY_MS;

/** The processing window of an experiment made longer: asked for by a Manager, given or refused by staff of the instrument or an admin of the facility. */
export function createProlongations({ db }: { db: Database }) {
  const noExperiment = () =>
    new AppError('NOT_FOUND', 'There is no such experiment, or it is not yours to see.');

  async function told(
    tx: Transaction,
    ctx: ServiceContext,
    action: string,
    row: { id: string; instrumentId: string },
    detail: Record<string, unknown>,
  ): Promise<void> {
    await recordAudit(tx, ctx, {
      action,
      entityKind: 'experiment',
      entityId: row.id,
      experimentId: row.id,
      detail,
    });
    await publish(tx, ctx, {
      topics: [`experiment:${row.id}`, `instrument:${row.instrumentId}`],
      kind: 'experiment.changed',
      data: { experimentId: row.id },
    });
  }

  function assertLater(ctx: ServiceContext, until: Date, present: Date | null): void {
    const fault =
      until <= ctx.now() || (present !== null && until <= present)
        ? 'Choose a date after the present end of the processing window.'
        : until.getTime() > ctx.now().getTime() + LONGEST_MS
          ? 'At most two years from now.'
          : null;
    if (fault) throw new AppError('BAD_INPUT', { message: fault, details: { fields: { until: fault } } });
  }

  return {
    /** ALREADY_DONE while a question is open; CONFLICT before the experiment is finished: its window has not begun. */
    async askProlongation(
      ctx: ServiceContext,
      input: { experimentId: string; until: Date; reason: string },
    ): Promise<void> {
      await db.transaction(async (tx) => {
        const row = await requireExperiment(tx, ctx, input.experimentId, 'experiment.askProlongation');
        if (row.processingUntil === null) {
          throw new AppError(
            'CONFLICT',
            `${row.code} has no processing window yet: it begins when the experiment is finished.`,
          );
        }
        assertLater(ctx, input.until, row.processingUntil);
        const asked = await insertProlongation(tx, {
          id: ctx.newId(),
          experimentId: row.id,
          askedBy: actingPerson(ctx),
          askedAt: ctx.now(),
          wantedUntil: input.until,
          reason: input.reason,
        });
        if (!asked) {
          const open = await latestProlongation(tx, row.id);
          throw new AppError(
            'ALREADY_DONE',
            `${open?.askedBy ?? 'Somebody'} has asked already; it waits for the staff of the instrument.`,
          );
        }
        await told(tx, ctx, 'experiment.askProlongation', row, { until: input.until.toISOString() });
      });
    },

    /** Sets a later end, asked for or not; a closed experiment is Processing again. For staff of the instrument and admins of the facility. */
    async prolong(
      ctx: ServiceContext,
      input: { experimentId: string; until: Date },
    ): Promise<{ until: Date }> {
      return db.transaction(async (tx) => {
        const row = await findExperiment(tx, input.experimentId);
        if (!row) throw noExperiment();
        await requireDecider(tx, ctx, row);
        if (row.processingUntil === null) {
          throw new AppError(
            'CONFLICT',
            `${row.code} has no processing window yet: it begins when the experiment is finished.`,
          );
        }
        assertLater(ctx, input.until, row.processingUntil);
        const moved = await moveWindow(tx, row.id, input.until);
        if (!moved) throw new AppError('CONFLICT');
        await decideProlongation(
          tx,
          { experimentId: row.id },
          {
            decidedBy: actingPerson(ctx),
            decidedAt: ctx.now(),
            grantedUntil: input.until,
            refusal: null,
          },
        );
        await told(tx, ctx, 'experiment.prolong', moved, {
          from: row.processingUntil.toISOString(),
          until: input.until.toISOString(),
        });
        return { until: input.until };
      });
    },

    async refuseProlongation(
      ctx: ServiceContext,
      input: { prolongationId: string; why: string },
    ): Promise<void> {
      await db.transaction(async (tx) => {
        const asked = await findProlongation(tx, input.prolongationId);
        const row = asked && (await findExperiment(tx, asked.experimentId));
        if (!row) throw noExperiment();
        await requireDecider(tx, ctx, row);
        const decided = await decideProlongation(
          tx,
          { prolongationId: input.prolongationId },
          {
            decidedBy: actingPerson(ctx),
            decidedAt: ctx.now(),
            grantedUntil: null,
            refusal: input.why,
          },
        );
        if (!decided) throw new AppError('ALREADY_DONE', 'This question has been decided already.');
        await told(tx, ctx, 'experiment.refuseProlongation', row, { why: input.why });
      });
    },

    /** What waits for the caller's decision. */
    async prolongationsAsked(ctx: ServiceContext): Promise<AskedProlongation[]> {
      if (ctx.principal.kind === 'anonymous') throw new AppError('NOT_SIGNED_IN');
      return ctx.principal.kind === 'person' ? openProlongations(db, ctx.principal.personId) : [];
    },
  };

  /** A stranger is told that there is no such experiment; who sees it, that their role does not allow this. */
  async function requireDecider(tx: Transaction, ctx: ServiceContext, row: ExperimentRow): Promise<void> {
    try {
      await requireInstrument(tx, ctx, row.instrumentId, 'instrument.prolong');
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'NOT_FOUND') throw error;
      const seen = allows('experiment.view', await rolesIn(tx, ctx, row.id));
      throw seen ? new AppError('NOT_ALLOWED') : noExperiment();
    }
  }
}
