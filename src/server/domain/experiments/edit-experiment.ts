import { AppError } from '../../../shared/errors/app-error.ts';
import { PLAN_OUT_OF_ORDER, plannedInOrder } from '../../../shared/model/experiment-fields.ts';
import { allows } from '../../../shared/permissions/permission-table.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { type ContainerRow, type ExperimentRow, requireExperiment, rolesIn } from './experiment.policy.ts';
import { lastEditor, updateFields } from './experiment.repository.ts';
import type { EditExperimentInput } from './experiment.types.ts';

/** What Managers write; the rest is the plan, which is for staff. */
const MANAGERS_WRITE = ['title', 'keywords'] as const;

export type EditedFields = Partial<
  Pick<
    ExperimentRow,
    'title' | 'keywords' | 'piName' | 'plannedStart' | 'plannedEnd' | 'proprietary' | 'embargoUntil' | 'terms'
  >
>;

const asText = (value: unknown) => JSON.stringify(value ?? null);

/** The fields given that differ from what is stored. */
function changedFields(row: ContainerRow, wanted: EditedFields): EditedFields {
  const given = Object.entries(wanted).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    given.filter(([name, value]) => asText(row[name as keyof EditedFields]) !== asText(value)),
  );
}

function overtaken(row: ContainerRow, by: string | null): AppError {
  return new AppError('CONFLICT', {
    message: `${by ?? 'Somebody'} changed ${row.code} while you were writing. Look at what it says now, then save again.`,
    details: { version: row.version },
  });
}

/** Writes the fields of an experiment or a project that differ, with audit and event; returns the version then. CONFLICT when it is no longer the version read. Rights are the caller's business. */
export async function writeFields(
  tx: Transaction,
  ctx: ServiceContext,
  row: ContainerRow,
  version: number,
  wanted: EditedFields,
): Promise<number> {
  const fields = changedFields(row, wanted);
  if (Object.keys(fields).length === 0) return row.version;
  if (!plannedInOrder({ ...row, ...fields })) {
    const message = PLAN_OUT_OF_ORDER.error;
    throw new AppError('BAD_INPUT', { message, details: { fields: { plannedEnd: message } } });
  }
  const stored = await updateFields(tx, row.id, version, fields);
  if (stored === null) throw overtaken(row, await lastEditor(tx, row.id));
  await recordAudit(tx, ctx, {
    action: 'experiment.edit',
    entityKind: row.kind,
    entityId: row.id,
    experimentId: row.id,
    detail: { version: stored, fields },
  });
  await publish(tx, ctx, {
    topics: [
      `experiment:${row.id}`,
      ...(row.instrumentId === null ? [] : [`instrument:${row.instrumentId}` as const]),
    ],
    kind: 'experiment.changed',
    data: { experimentId: row.id },
  });
  return stored;
}

export function createEditing({ db }: { db: Database }) {
  return {
    /**
     * Changes what is written about an experiment: title and keywords by its Managers, the plan by staff of the instrument. Who read an older
     * version is told CONFLICT with who was faster. Setting what is set already changes nothing.
     */
    async edit(ctx: ServiceContext, input: EditExperimentInput): Promise<{ version: number }> {
      const { experimentId, version, ...wanted } = input;
      return db.transaction(async (tx) => {
        const row = await requireExperiment(tx, ctx, experimentId, 'experiment.edit');
        const fields = changedFields(row, wanted);
        const names = Object.keys(fields);
        if (names.length === 0) return { version: row.version };
        const plan = names.filter((name) => !(MANAGERS_WRITE as readonly string[]).includes(name));
        const isSystem = ctx.principal.kind === 'system';
        if (plan.length > 0 && !isSystem && !allows('experiment.plan', await rolesIn(tx, ctx, row.id))) {
          throw new AppError(
            'NOT_ALLOWED',
            'Dates, PI, terms and who may see it are set by the staff of the instrument.',
          );
        }
        return { version: await writeFields(tx, ctx, row, version, fields) };
      });
    },
  };
}
